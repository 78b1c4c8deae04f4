-- Runs that are ended before their last epoch, as the forecast of their final DSC is certain enough.

-- How wide the 90 % interval of the forecast may be; NULL for a run that trains every epoch.
ALTER TABLE run ADD COLUMN tolerance REAL CHECK (tolerance BETWEEN 0.001 AND 0.5);

-- The forecast of the final validation DSC that ends the run, its 5, 50 and 95 % quantiles, and the surrogate it came from.
-- A run in training that has one is to stop.
ALTER TABLE run ADD COLUMN stop_low REAL CHECK (stop_low BETWEEN 0 AND 1);
ALTER TABLE run ADD COLUMN stop_median REAL CHECK (stop_median BETWEEN stop_low AND 1);
ALTER TABLE run ADD COLUMN stop_high REAL CHECK (stop_high BETWEEN stop_median AND 1);
ALTER TABLE run ADD COLUMN stop_version INTEGER CHECK (
    CASE state WHEN 'stopped_early' THEN stop_version IS NOT NULL AND stop_low IS NOT NULL AND stop_median IS NOT NULL
                   AND stop_high IS NOT NULL AND test_dsc IS NOT NULL AND epochs_done < epochs_total
               WHEN 'running' THEN TRUE ELSE stop_version IS NULL END);

import Testing

@testable import API

@Suite struct CurveTests {
    private func point(_ epoch: Int, _ dsc: Double) -> EpochBody {
        EpochBody(
            epoch: epoch, trainLoss: 1, valLoss: 2, valDSC: dsc, learningRate: 0.5, seconds: 3, imagesSeen: epoch * 8)
    }

    @Test func thinningKeepsEndsAndExtremes() {
        let points = (1...1000).map { point($0, $0 == 333 ? 0.01 : $0 == 700 ? 0.99 : 0.5) }
        for limit in [2, 3, 10, 101] {
            let thin = CurveThinning.thin(points, to: limit)
            #expect(thin.count <= limit)
            #expect(thin.first?.epoch == 1 && thin.last?.epoch == 1000)
            #expect(thin.map(\.epoch) == thin.map(\.epoch).sorted())
            if limit >= 10 { #expect(thin.contains { $0.epoch == 333 } && thin.contains { $0.epoch == 700 }) }
        }
        #expect(CurveThinning.thin(points, to: 1000) == points)
    }

    @Test func csvHasOneLinePerEpoch() {
        let text = CurveCSV.text([point(1, 0.25)])
        #expect(
            text
                == "epoch,train_loss,val_loss,val_dsc,learning_rate,seconds,images_seen\r\n1,1.0,2.0,0.25,0.5,3.0,8\r\n"
        )
    }

    @Test func theFirstAcceptableRepresentationWins() throws {
        #expect(try Representation.choose(nil) == .json)
        #expect(try Representation.choose("*/*") == .json)
        #expect(try Representation.choose("text/csv") == .csv)
        #expect(try Representation.choose("text/html, text/csv;q=0.9, */*;q=0.1") == .csv)
        #expect(try Representation.choose("text/csv;q=0, application/json") == .json)
        #expect(throws: Problem.self) { try Representation.choose("image/png") }
    }
}

/// How a data set lies on disk. Each may hold `groups.csv` (stem,group).
public enum DatasetLayout: String, Sendable, Codable, CaseIterable {
    /// `images/` and `masks/` with equal stems, JPEG or PNG; 2D.
    case imageMask = "image-mask"
    /// Medical Segmentation Decathlon: `dataset.json` lists pairs of NIfTI files; an image may hold its channels as a
    /// fourth dimension.
    case msd
    /// nnU-Net (version 2): `imagesTr/CASE_0000.nii.gz`, one file a channel, and `labelsTr/CASE.nii.gz`.
    case nnunet
    /// BraTS 2020: a folder a case, with `*_flair`, `*_t1`, `*_t1ce`, `*_t2` and `*_seg` as NIfTI.
    case brats

    /// 2 or 3.
    public var dimensions: Int { self == .imageMask ? 2 : 3 }
}

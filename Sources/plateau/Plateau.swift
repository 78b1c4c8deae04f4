import ArgumentParser

@main
struct Plateau: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plateau",
        abstract: "Tells a biomedical imaging lab how many annotated images its segmentation task needs.")
}

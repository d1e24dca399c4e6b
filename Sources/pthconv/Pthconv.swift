import ArgumentParser
import CPthFaults
import CPthGlibc
import Glibc
import PthConvKit

@main
struct Pthconv: ParsableCommand {
  static func main() {
    // By default, malloc maps buffers over 128 kB separately, and each growth step moves them to fresh, zeroed pages.
    mallopt(M_MMAP_THRESHOLD, 64 << 20)
    mallopt(M_TOP_PAD, 4 << 20)
    // libzip calls localtime for each entry, and glibc stats the time zone's file each time unless TZ names it: half
    // of the time of scanning many archives.
    setenv("TZ", ":/etc/localtime", 0)
    // A write beyond the limit on file sizes shall fail with an error, like a full disk, and not kill the process.
    signal(SIGXFSZ, SIG_IGN)
    pthconv_report_bus_errors()
    let arguments = (1..<max(1, pthconv_argument_count())).map {
      String(cString: pthconv_argument($0))
    }
    run(
      Map.spellingOutStrictness(
        Verify.spellingOutLayers(arguments == ["-V"] ? ["--version"] : arguments)))
  }

  /// Parses and runs like ArgumentParser's `main`, but with a better sentence for misspelt arguments.
  private static func run(_ arguments: [String]) {
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch {
      let isUsage = exitCode(for: error) == .validationFailure
      let sentence = isUsage ? Misspelling.sentence(about: arguments) : nil
      exit(withError: sentence.map { ValidationError($0) } ?? error)
    }
  }

  static let configuration = CommandConfiguration(
    commandName: "pthconv",
    abstract: "Get pretrained weights into a model, correctly, without Python.",
    discussion: """
      EXAMPLES
        pthconv inspect res2net50_26w_6s-19041792.pth
        pthconv inspect --flat --filter 'layer1' model.pth
        pthconv scan downloads/
        pthconv map res2net50_26w_6s-19041792.pth --backbone Res2Net
        pthconv verify res2net50_26w_6s-19041792.pth --backbone Res2Net
        pthconv prepare model.pth --images photos/
        pthconv convert model.pth model.safetensors
        pthconv preflight config.py --gpus 4 --images-per-gpu 2

      EXIT CODES
        0   done, and fine
        1   done, and the answer to the question asked is no
        2   input cannot be read
        64  wrong usage

      Shell completion: pthconv --generate-completion-script bash (or zsh, fish)
      """,
    version: toolkitVersion,
    subcommands: [
      Inspect.self, Scan.self, Map.self, Verify.self, Prepare.self, Init.self, Convert.self,
      Diff.self, ConfigCommand.self, PreflightCommand.self, LearningRateCommand.self,
      BackbonesCommand.self,
    ])
}

/// The program's exit codes beyond ArgumentParser's own (64 for wrong usage).
extension ExitCode {
  /// Done, but the answer to the command's question is no.
  static let answerIsNo = ExitCode(1)
  /// An input cannot be read.
  static let cannotRead = ExitCode(2)
}

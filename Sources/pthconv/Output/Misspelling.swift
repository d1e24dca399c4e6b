import ArgumentParser
import Glibc
import PthBytes

/// Suggests the command or option that a misspelt one probably means.
///
/// ArgumentParser reports missing options first: for `map --backbne Res2Net` it would only say that `--backbone` is
/// missing.
enum Misspelling {
  /// A sentence with the suggestion; nil if the command and all long options exist.
  static func sentence(about arguments: [String]) -> String? {
    let commands = Dictionary(
      Pthconv.configuration.subcommands.map { ($0._commandName, $0) },
      uniquingKeysWith: { first, _ in first })
    guard let first = arguments.first, !first.hasPrefix("-"), first != "help" else { return nil }
    guard let command = commands[first] else {
      if access(first, F_OK) == 0 {
        return "'\(first)' is no command; did you mean 'pthconv inspect \(first)'?"
      }
      return "there is no command '\(first)'"
        + Spelling.hint(for: first, in: commands.keys.sorted())
    }
    let known = options(in: Pthconv.helpMessage(for: command))
    let given = arguments.dropFirst().prefix { $0 != "--" }
      .filter { $0.hasPrefix("--") }.map { String($0.prefix { $0 != "=" }) }
    guard let unknown = given.first(where: { !known.contains($0) }) else { return nil }
    return "'\(first)' has no option '\(unknown)'" + Spelling.hint(for: unknown, in: known.sorted())
  }

  /// The long options that a help text names.
  private static func options(in help: String) -> Set<String> {
    Set(help.matches(of: /--[a-z][a-z0-9-]*/).map { String($0.output) })
  }
}

import FoundationEssentials
import TestSupport
import Testing

/// Options that are short for `--arg`, made from the families' tables of arguments.
@Suite struct ArgumentOptionTests {
  private static let file = Fixtures.path("demo/res2net-small.pth")

  private func map(_ options: [String]) throws -> Program.Outcome {
    try Program.run(["map", Self.file, "--backbone", "Res2Net", "--json"] + options)
  }

  @Test(arguments: [
    (["--depth", "101"], ["depth=101"]), (["--layers", "1,1,1,1"], ["layers=(1,1,1,1)"]),
    (["--layers", "[1, 1, 1, 2]"], ["layers=[1, 1, 1, 2]"]), (["--scales=6"], ["scales=6"]),
    (["--base-width", "14"], ["base_width=14"]), (["--deep-stem"], ["deep_stem=True"]),
    (["--no-deep-stem"], ["deep_stem=False"]),
    (["--frozen-stages", "-1", "--avg-down"], ["avg_down=True", "frozen_stages=-1"]),
    (["--no-avg-down", "--frozen-stages", "2"], ["avg_down=False", "frozen_stages=2"]),
  ])
  func isShortForAnArgument(_ options: [String], _ pairs: [String]) throws {
    let short = try map(options)
    let long = try map(pairs.flatMap { ["--arg", $0] })
    #expect(short.text == long.text && short.exitCode == long.exitCode)
    #expect(try short.text != map([]).text)
  }

  /// Every command that takes a backbone has them in its help, each once though families share them.
  @Test func commandsOfBackbonesHaveThem() throws {
    let names = [
      "--depth <n>", "--layers <list>", "--scales <n>", "--base-width <n>",
      "--deep-stem/--no-deep-stem", "--avg-down/--no-avg-down", "--frozen-stages <n>",
    ]
    for command in ["map", "verify", "init", "convert", "prepare"] {
      let help = try Program.run([command, "--help"]).text
      for name in names {
        #expect(help.components(separatedBy: "\n  \(name)").count == 2, "\(command) \(name)")
      }
      #expect(help.components(separatedBy: "Short for --arg").count == names.count + 1)
    }
    let script = try Program.run(["--generate-completion-script", "zsh"]).text
    #expect(names.allSatisfy { script.contains($0.prefix { $0 != " " && $0 != "/" }) })
  }

  @Test(arguments: [
    ["--depth", "abc"], ["--depth"], ["--scales", "0"], ["--layers", "1,x"], ["--depht", "50"],
    ["--depth", "50", "--arg", "depth=50"], ["--depth", "50", "--no-depth"],
  ])
  func wrongUseIsSaid(_ options: [String]) throws {
    let output = try map(options)
    #expect(output.exitCode == 64 && output.text.isEmpty && !output.errors.isEmpty)
  }
}

import PthBytes
import Testing

@Suite struct SpellingTests {
  private let known = ["depth", "layers", "scales", "base_width", "stem_channels", "official"]

  @Test(arguments: [
    ("scalse", ["scales"]), ("base_widht", ["base_width"]), ("Base_Width", ["base_width"]),
    ("offical", ["official"]), ("dept", ["depth"]), ("nothing_like_it", []), ("", []),
    // Spelt right: there is nothing to suggest.
    ("depth", []),
  ])
  func closest(_ name: String, _ expected: [String]) {
    #expect(Spelling.closest(to: name, in: known) == expected)
  }

  @Test func allThatAreAsCloseAreNamed() {
    let versions = ["net_4s", "net_6s", "net_8s", "net_26s", "bet_4s"]
    #expect(Spelling.closest(to: "net_5s", in: versions) == ["net_4s", "net_6s", "net_8s"])
    #expect(Spelling.hint(for: "net_65s", in: ["net_6s", "x"]) == "; did you mean 'net_6s'?")
    #expect(Spelling.hint(for: "abc", in: versions) == "")
  }
}

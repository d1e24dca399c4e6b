import PthReports
import Testing

/// Text in lines of a terminal's width.
@Suite struct TextWrapTests {
  /// A list in braces is broken after its commas: no line is longer than a terminal.
  @Test func longListsAreBroken() {
    let word = "layer1.{" + (0..<40).map { "convolution\($0)" }.joined(separator: ",") + "}.weight"
    let lines = TextWrap.lines("- \(word): not in the file", width: 80, indent: 2)
    #expect(lines.count > 5 && lines.allSatisfy { $0.count <= 80 })
    #expect(lines.joined().filter { $0 != " " } == "-\(word):notinthefile")
  }
}

import PthBytes
import Testing

@testable import PthPickle

/// Text of the opcode UNICODE, as `pickle.loads` of CPython 3.11 reads it.
@Suite struct RawUnicodeTests {
  @Test(arguments: [
    (#"\u0041"#, "A"),
    (#"\\u0041"#, #"\\u0041"#),
    (#"\\\u0041"#, #"\\A"#),
    (#"\\\\u0041"#, #"\\\\u0041"#),
    (#"\x\u0041"#, #"\xA"#),
    (#"\\U0001F600\U0001F600"#, "\\\\U0001F600\u{1F600}"),
    (#"\u0041\\"#, #"A\\"#),
    (#"a\"#, #"a\"#),
  ])
  func aBackslashBeforeABackslashBeginsNoEscape(text: String, truth: String) throws {
    let (document, error) = PickleDocument.parseAsFarAsPossible(Bytes(Array("V\(text)\n.".utf8)))
    #expect(error == nil)
    #expect(document.string(document.root) == truth)
  }
}

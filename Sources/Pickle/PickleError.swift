/// Why bytes cannot be read as a pickle, and where.
package struct PickleError: Error, Equatable, CustomStringConvertible {
  package enum Reason: Equatable, Sendable {
    /// The bytes end in the middle of an opcode's argument.
    case truncated
    /// The bytes end before a STOP opcode.
    case noStop
    case unknownOpcode(UInt8)
    /// A protocol version above 5.
    case unsupportedProtocol(UInt8)
    /// An opcode takes more values from the stack than there are.
    case stackUnderflow
    /// An opcode needs a MARK, and there is none.
    case noMark
    /// The memo has nothing under this index.
    case noMemo(Int)
    /// A length that is negative or past the end.
    case badLength
    /// The argument of a text opcode is malformed.
    case badText(String)
    /// An opcode is applied to a value that it cannot change.
    case wrongOperand(String)
    /// STACK_GLOBAL of a value that is not text.
    case noName
    /// Protocol 5's NEXT_BUFFER: the data is not in the pickle.
    case outOfBandBuffer
    /// An opcode or another frame begins inside a frame and ends after it.
    case crossedFrame
    /// STOP with nothing on the stack to return.
    case unbalanced
    /// More than 2³² values.
    case tooLarge
  }

  package let reason: Reason
  /// Position of the opcode at fault in the parsed bytes.
  package let position: Int

  package init(_ reason: Reason, at position: Int) {
    self.reason = reason
    self.position = position
  }

  package var description: String { "\(text) at byte \(position) of the pickle" }

  private var text: String {
    switch reason {
    case .truncated: "the data ends inside an opcode"
    case .noStop: "the data ends without a STOP opcode"
    case .unknownOpcode(let code): "unknown opcode 0x\(String(code, radix: 16))"
    case .unsupportedProtocol(let version): "unsupported pickle protocol \(version)"
    case .stackUnderflow: "an opcode takes more than the stack holds"
    case .noMark: "an opcode needs a MARK that is not there"
    case .noMemo(let index): "memo \(index) was never set"
    case .badLength: "a length reaches past the end of the data"
    case .badText(let what): "malformed \(what)"
    case .wrongOperand(let what): what
    case .noName: "STACK_GLOBAL of something that is no text"
    case .outOfBandBuffer: "out-of-band buffers (protocol 5) are stored elsewhere, not in the file"
    case .crossedFrame: "an opcode crosses the end of its frame"
    case .unbalanced: "STOP with nothing to return"
    case .tooLarge: "more than 4 billion values"
    }
  }
}

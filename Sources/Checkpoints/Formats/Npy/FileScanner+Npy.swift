import PthBytes
import PthPickle
import PthTensors

extension FileScanner {
  /// Judges an array and anything saved after it in the same file.
  mutating func judgeArray(_ bytes: Bytes) throws {
    let header = try NpyHeader(bytes)
    switch header.items {
    case .values:
      if let array = try? NpyContainer(bytes, fileOffset: nil) {
        judgeAppended(bytes, from: header.dataOffset + array.tensor.byteCount)
      }
    case .objects:
      audit.warn("the array holds Python objects: numpy reads them as a pickle")
      _ = judgeStream(bytes, isClaimed: true, from: header.dataOffset)
    case .unknown:
      let dtype = header.descriptor.prefix(64)
      audit.add(.unknown, "has a dtype that is not understood here: '\(dtype)'")
      _ = judgeStream(bytes, isClaimed: false, from: header.dataOffset)
    }
    // The search for another array reads all of this one's data, so only a thorough scan does it.
    guard isThorough, let rest = try? bytes.suffix(from: header.dataOffset),
      let next = rest.firstPosition(of: NpyContainer.magic),
      let other = try? rest.suffix(from: next)
    else { return }
    audit.merge(nestedAudit(of: other, isMapped: isMapped), part: "next array")
  }
}

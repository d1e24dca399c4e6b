import PthBytes
import PthPickle
import PthTensors

/// Judges pickles and sequences of pickles.
extension FileScanner {
  /// Judges bytes that begin with a pickle, and everything after it.
  ///
  /// - Parameter contents: The formats whose files begin with a pickle.
  mutating func judgePickles(_ bytes: Bytes, _ contents: [PickleContents]) throws {
    let parsed = parse(bytes)
    let (first, error) = (parsed.document, parsed.error)
    if error == nil {
      for format in contents where try format.judge(&self, bytes, first) { return }
    }
    let hasMark = Self.hasMark(bytes, at: 0)
    // A text may begin with bytes that parse as an import; after PROTO, an import is real.
    let doesSomething = hasMark ? first.callsSomething : first.makesCall
    if let error, depth > 0, !isClaimedPickle, !parsed.isCut, error.endsEveryReading(of: bytes),
      !first.callsSomething, !first.usesExtensions
    {
      // Raw weights begin with any bytes, also with those of PROTO. Nothing is run before every unpickler stops.
      throw CheckpointError(.unknownFormat("the bytes are no pickle, though they begin as one"))
    }
    let isExpected = isClaimedPickle || depth > 0 && hasMark
    if let error, !doesSomething, !isExpected { throw PickleContents.failure(error, bytes) }
    _ = judgeStream(bytes, isClaimed: true)
    if depth == 0 {
      audit.weightsOnly = .refused("it is a bare pickle, not what torch.save writes")
    }
  }

  /// Judges the pickle at `start` and every pickle that directly follows the STOP of another.
  ///
  /// - Parameter isClaimed: Whether a reader unpickles the bytes. If not, only bytes that import or call something and
  ///   end with STOP, or that make a call before they break off, are taken as a pickle.
  /// - Returns: the number of pickles.
  mutating func judgeStream(
    _ bytes: Bytes, isClaimed: Bool, from start: Int = 0, part: String? = nil
  ) -> Int {
    var position = start
    var count = 0
    var isInSmallSteps = false
    while position < bytes.count {
      let parsed = isInSmallSteps ? parseSmall(bytes, at: position) : parse(bytes, at: position)
      let (document, error, isCut) = (parsed.document, parsed.error, parsed.isCut)
      let isPickle =
        error == nil ? isClaimed || document.callsSomething : document.makesCall || isCut
      let isDue = isClaimed && position == start
      if isPickle || isDue {
        if position == start, document.holdsArrays {
          return judgeArrays(bytes, at: position, beside: parsed, part: part)
        }
        judge(document, part: part)
        count += 1
      }
      if isCut {
        audit.add(.unknown, "is compressed and longer than is parsed as a pickle", part: part)
        return count
      }
      if let error {
        // After the first STOP, bytes that are not a pickle are merely appended.
        guard isPickle || isDue else { break }
        audit.add(error, part: part)
        return count
      }
      isInSmallSteps = document.range.count < Self.smallStep / 4
      position = document.range.upperBound
    }
    guard count > 0 else { return 0 }
    let subject = part ?? (depth == 0 ? "the pickle" : "it")
    if count > 1 { audit.warn("\(subject) is \(count) pickles in a row") }
    if position < bytes.count {
      audit.warn("\(bytes.count - position) bytes follow the end of \(subject)")
    }
    return count
  }

  /// Judges the pickle at `start` as joblib reads it, with the bytes of arrays between the opcodes. Other readers take
  /// those bytes as opcodes, and old joblib versions the last of them.
  ///
  /// - Parameter plain: The pickle as other readers parse it.
  /// - Returns: the number of pickles.
  private mutating func judgeArrays(
    _ bytes: Bytes, at start: Int, beside plain: ParsedPickle, part: String?
  ) -> Int {
    let limit = isMapped ? .max : budget.pickleLimit
    let (document, fault) = PickleDocument.parseAsFarAsPossible(
      bytes, at: start, limit: limit, arrays: .padded)
    judgeWithArrays(document, bytes, part: part)
    if let fault { audit.add(fault, part: part) }
    judgeOtherReading(plain.document, plain.error, bytes, by: "pickle without joblib", part: part)
    let old = PickleDocument.parseAsFarAsPossible(bytes, at: start, limit: limit, arrays: .unpadded)
    judgeOtherReading(old.document, old.error, bytes, by: "joblib before 1.2", part: part)
    let end = document.range.upperBound
    if end < bytes.count {
      let subject = part ?? (depth == 0 ? "the pickle" : "it")
      audit.warn("\(bytes.count - end) bytes follow the end of \(subject)")
    }
    return 1 + document.arrayPickles.count
  }

  private mutating func judgeWithArrays(_ document: PickleDocument, _ bytes: Bytes, part: String?) {
    judge(document, part: part)
    for position in document.arrayPickles {
      judge(parseSmall(bytes, at: position).document, part: part ?? "array of objects")
    }
  }

  /// Judges the pickle as a reader sees it that takes the arrays' bytes as opcodes. In an honest file those are
  /// nonsense; only names of dangerous callables indicate an attack.
  private mutating func judgeOtherReading(
    _ document: PickleDocument, _ error: PickleError?, _ bytes: Bytes, by reader: String,
    part: String?
  ) {
    var trial = self
    trial.audit = FileAudit(path: audit.path)
    trial.judgeWithArrays(document, bytes, part: part)
    let known = Set(audit.globals.map(\.global))
    if trial.audit.globals.contains(where: {
      $0.verdict == .dangerous && !known.contains($0.global)
    }) {
      audit.merge(trial.audit, part: "as \(reader) reads it")
    } else if trial.audit.verdict > audit.verdict || error.map({ !$0.stopsEveryReader }) == true {
      audit.add(.unknown, "holds arrays whose bytes are opcodes to \(reader)", part: part)
    }
  }

  /// Judges a pickle, and the bytes that it would load by `_load_from_bytes`.
  mutating func judge(_ document: PickleDocument, part: String?) {
    if namesOperators { judgeOperators(in: document) }
    for contents in audit.add(document, part: part, isTorchScript: isTorchScript) {
      let inner = nestedAudit(of: contents, isMapped: isMapped) { $0.isClaimedPickle = true }
      audit.merge(inner, part: part.map { "\($0): bytes that it loads" } ?? "bytes that it loads")
    }
  }

  /// Judges the operators that a model for PyTorch's mobile runtime lists, as `('aten::add', 'Tensor')`.
  private mutating func judgeOperators(in document: PickleDocument) {
    for handle in document.handles {
      guard let text = document.string(handle, limit: 200) else { continue }
      let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 3, parts[1].isEmpty, !TorchOperators.allows(parts[0], parts[2]) else {
        continue
      }
      audit.add(.unknown, "uses the operator \(text), which is not known here")
    }
  }

  /// The pickle at `start`, as far as it can be parsed. Pickles at position 0 of their bytes are cached.
  mutating func parse(_ bytes: Bytes, at start: Int = 0) -> ParsedPickle {
    if start == 0, let parsed = known[bytes.baseAddress],
      parsed.document.bytes.count == bytes.count
    {
      return parsed
    }
    let parsed = Self.parse(bytes, at: start, limit: isMapped ? .max : budget.pickleLimit)
    if start == 0, !parsed.isCut { known[bytes.baseAddress] = parsed }
    return parsed
  }

  private static let smallStep = 4096

  /// Parses one of many small pickles; a short limit keeps the reserved memory small.
  private mutating func parseSmall(_ bytes: Bytes, at start: Int) -> ParsedPickle {
    let parsed = Self.parse(bytes, at: start, limit: Self.smallStep)
    return parsed.isCut ? parse(bytes, at: start) : parsed
  }

  private static func parse(_ bytes: Bytes, at start: Int, limit: Int) -> ParsedPickle {
    guard bytes.count - start > limit, let window = try? bytes.slice(at: 0, count: start + limit)
    else {
      let (document, error) = PickleDocument.parseAsFarAsPossible(bytes, at: start)
      return ParsedPickle(document: document, error: error)
    }
    let (document, error) = PickleDocument.parseAsFarAsPossible(window, at: start)
    let isCut = error.map { [.noStop, .truncated, .badLength].contains($0.reason) } ?? false
    return ParsedPickle(document: document, error: error, isCut: isCut)
  }

  /// Whether there is a PROTO opcode with a known protocol (0 to 5) at `position`.
  static func hasMark(_ bytes: Bytes, at position: Int) -> Bool {
    position < bytes.count - 1 && bytes[position] == 0x80 && bytes[position + 1] <= 5
  }

  // MARK: Bytes beside pickles

  /// Completes the `weights_only` prediction with the indices of sparse tensors, which `torch.load` checks too.
  mutating func judgeSparse(
    _ document: PickleDocument, _ storages: @autoclosure () -> StorageTable?
  ) {
    guard audit.weightsOnly == .accepted, SparseIndices.occur(in: document) else { return }
    audit.weightsOnly = FileAudit.WeightsOnly(
      storages().map { SparseIndices.check(document, $0) } ?? .untold)
  }

  /// Judges the bytes after the end of a container.
  mutating func judgeAppended(_ bytes: Bytes, from end: Int) {
    guard end < bytes.count, let rest = try? bytes.suffix(from: end) else { return }
    let parsed = parse(rest)
    if rest.starts(with: ZipDirectory.localSignature) {
      audit.add(.dangerous, "is followed by another archive: readers differ in which they take")
    } else if parsed.error == nil || parsed.document.makesCall {
      audit.add(.dangerous, "is followed by a pickle")
      _ = judgeStream(rest, isClaimed: true, part: "appended pickle")
    } else if TarArchive.matches(rest) {
      audit.add(.dangerous, "is followed by a tar archive")
    } else {
      audit.warn("\(rest.count) bytes are appended to the file")
    }
  }
}

extension PickleDocument {
  /// Whether unpickling would import or call anything.
  var callsSomething: Bool {
    handles.contains { kind($0) == .call || kind($0) == .global }
  }

  /// Whether unpickling would look up anything in copyreg's registry of extensions.
  var usesExtensions: Bool { handles.contains { kind($0) == .extensionCode } }

  /// Whether joblib would expect the bytes of arrays between the opcodes.
  var holdsArrays: Bool {
    // joblib creates its array wrappers with NEWOBJ, an opcode that few pickles of tensors use.
    usedOpcodes.contains(0x81)
      && handles.contains {
        kind($0) == .global
          && globalName($0) == GlobalName(module: "joblib.numpy_pickle", name: "NumpyArrayWrapper")
      }
  }

  /// Whether unpickling would call anything. A text may begin with bytes that parse as an import.
  var makesCall: Bool { handles.contains { kind($0) == .call } }
}

extension PickleError {
  /// Whether CPython is certain to stop with an error at this point, too.
  fileprivate var stopsEveryReader: Bool {
    switch reason {
    case .unknownOpcode, .unsupportedProtocol, .noName, .stackUnderflow, .noMark, .noMemo,
      .truncated, .noStop:
      true
    default: false
    }
  }
}

extension PickleError {
  /// Whether every reader of the bytes stops at this error, and imports nothing at it.
  fileprivate func endsEveryReading(of bytes: Bytes) -> Bool {
    if reason == .truncated, position < bytes.count {
      // GLOBAL and INST: Python's own unpickler, as opposed to that in C, imports by a line without an end.
      return ![UInt8(ascii: "c"), UInt8(ascii: "i")].contains(bytes[position])
    }
    return stopsEveryReader || reason == .badLength
  }
}

/// A pickle as far as it could be parsed.
struct ParsedPickle {
  let document: PickleDocument
  /// Why parsing stopped before the STOP opcode; nil if it did not.
  var error: PickleError?
  /// Whether parsing reached a limit before the end of the bytes.
  var isCut = false
}

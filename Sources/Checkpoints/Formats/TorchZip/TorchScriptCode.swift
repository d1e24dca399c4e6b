import PthBytes
import PthPickle

/// Judges the code of a TorchScript archive.
///
/// Loading the archive runs its `__setstate__`, and running the model runs the rest, so all of the code is judged:
/// every operator that it names must be known to do nothing but compute.
struct TorchScriptCode {
  /// Functions and methods that the archive's code defines.
  private var definitions: Set<String> = []
  private var files: [(name: String, tokens: [TorchScriptToken])] = []
  private var findings: [(verdict: AuditVerdict, text: String, part: String)] = []

  /// Operators that write or read files, or communicate with other processes.
  private static let harmful: [String: String] = [
    "save": "writes a file", "from_file": "maps a file, which it may write",
    "dist_backward": "speaks to other processes", "get_gradients": "speaks to other processes",
    "rpc_sync": "calls another process", "rpc_async": "calls another process",
    "rpc_remote": "calls another process", "read_file": "reads a file",
    "write_file": "writes a file",
  ]

  /// The method of the classes that hold quantized weights.
  private static let methods: Set<String> = ["unpack"]

  /// Classes of PyTorch's own libraries that only hold weights.
  private static let classes: Set<String> = ["quantized", "xnnpack", "rnn", "sparse", "mkldnn"]

  /// What the code does, as findings with the name of the file.
  static func findings(_ files: [(name: String, text: Bytes)]) -> [(
    verdict: AuditVerdict, text: String, part: String
  )] {
    var code = TorchScriptCode()
    for (name, text) in files {
      guard let tokens = TorchScriptToken.tokens(of: text) else {
        code.add(.unknown, "is code that cannot be taken apart", name)
        continue
      }
      code.files.append((name, tokens))
      for (first, second) in zip(tokens, tokens.dropFirst()) where first == .word("def") {
        if case .word(let method) = second { code.definitions.insert(method) }
      }
    }
    for (name, tokens) in code.files { code.judge(tokens, name) }
    return code.findings
  }

  private mutating func add(_ verdict: AuditVerdict, _ text: String, _ part: String) {
    if findings.count < 100, !findings.contains(where: { $0.text == text && $0.part == part }) {
      findings.append((verdict, text, part))
    }
  }

  private mutating func judge(_ tokens: [TorchScriptToken], _ part: String) {
    var index = 0
    while index < tokens.count {
      switch tokens[index] {
      case .text: index += 1
      case .mark: index += 1
      case .word:
        let isMember = index > 0 && tokens[index - 1] == .mark(UInt8(ascii: "."))
        var path: [String] = []
        while index < tokens.count, case .word(let word) = tokens[index] {
          path.append(word)
          index += 1
          guard index + 1 < tokens.count, tokens[index] == .mark(UInt8(ascii: ".")),
            case .word = tokens[index + 1]
          else { break }
          index += 1
        }
        let isCall = index < tokens.count && tokens[index] == .mark(UInt8(ascii: "("))
        judge(path, isMember: isMember, isCall: isCall, part)
        if path == ["getattr"], isCall { judgeLookup(tokens[index...], part) }
      }
    }
  }

  /// Judges the strings among the arguments of `getattr`: one of them is the name that it looks up.
  private mutating func judgeLookup(_ tokens: ArraySlice<TorchScriptToken>, _ part: String) {
    var depth = 0
    for token in tokens {
      switch token {
      case .mark(UInt8(ascii: "(")): depth += 1
      case .mark(UInt8(ascii: ")")):
        depth -= 1
        if depth == 0 { return }
      case .text(let text):
        if let what = Self.harmful[text] {
          add(.dangerous, "looks up '\(text)' by name, which \(what)", part)
        } else if text.contains("\\") {
          add(.unknown, "looks something up by a name with escapes in it", part)
        }
      default: break
      }
    }
  }

  private mutating func judge(_ path: [String], isMember: Bool, isCall: Bool, _ part: String) {
    // `__torch__` holds the archive's own functions, which are judged where they are defined.
    let isOwn = !isMember && path.first == "__torch__"
    for name in isMember ? path[...] : path.dropFirst() where !isOwn {
      guard let what = Self.harmful[name] else { continue }
      // The archive may define a method of this name, unless the call is on a tensor.
      let verdict: AuditVerdict =
        definitions.contains(name) && path.first != "torch" && path.first != "ops"
        ? .unknown : .dangerous
      return add(verdict, "uses \(path.joined(separator: ".")), which \(what)", part)
    }
    switch isMember ? nil : path.first {
    case "torch": judgeOperator(path, namespace: "aten", name: 1, part)
    case "ops": judgeOperator(path, namespace: path.count > 1 ? path[1] : "", name: 2, part)
    case "__torch__":
      if path.count > 3, path[1] == "torch", path[2] == "classes" {
        judgeClass(path[3], path, part)
      }
    default:
      guard isCall, isMember || path.count > 1, let method = path.last,
        !definitions.contains(method), !Self.methods.contains(method),
        !TorchOperators.allows("aten", method),
        !TorchOperators.allows("prim", method)
      else { return }
      add(.unknown, "calls the method \(method), which is not known here", part)
    }
  }

  private mutating func judgeOperator(
    _ path: [String], namespace: String, name: Int, _ part: String
  ) {
    guard path.count > name else {
      return add(.unknown, "passes on \(path.joined(separator: ".")), for any use", part)
    }
    if namespace == "aten", path[1] == "classes", path.count > 2 {
      return judgeClass(path[2], path, part)
    }
    if !TorchOperators.allows(namespace, path[name]) {
      add(.unknown, "uses the operator \(namespace)::\(path[name]), which is not known here", part)
    }
  }

  private mutating func judgeClass(_ namespace: String, _ path: [String], _ part: String) {
    if !Self.classes.contains(namespace) {
      add(.unknown, "uses the class \(path.joined(separator: ".")), which is not known here", part)
    }
  }
}

extension TorchOperators {
  /// Constants of PyTorch that the code names like operators.
  private static let values: Set<String> = [
    "strided", "sparse_coo", "contiguous_format", "channels_last", "preserve_format", "float32",
    "float64", "float16", "bfloat16", "float", "double", "half", "int", "long", "int8", "int16",
    "int32", "int64", "uint8", "bool", "complex64", "complex128", "qint8", "quint8", "qint32",
    "inf",
    "nan", "pi", "Tensor", "Size",
  ]

  private static let sets: [String: Set<String>] = names.mapValues { text in
    Set(text.split { $0 == " " || $0 == "\n" }.map(String.init))
  }

  /// Whether the operator `namespace::name`, or the operator whose in-place form it is, only computes.
  static func allows(_ namespace: String, _ name: String) -> Bool {
    guard let known = sets[namespace] else { return false }
    if known.contains(name) || namespace == "aten" && values.contains(name) { return true }
    return name.hasSuffix("_") && known.contains(String(name.dropLast()))
  }
}

/// Words, strings and punctuation of TorchScript's dialect of Python.
enum TorchScriptToken: Equatable {
  case word(String)
  case text(String)
  case mark(UInt8)

  /// - Returns: nil if a string does not end, or if a character outside strings and comments is not ASCII.
  static func tokens(of bytes: Bytes) -> [TorchScriptToken]? {
    var tokens: [TorchScriptToken] = []
    var position = 0
    func isWord(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
        || (0x61...0x7a).contains(byte)
    }
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "#") {
        while position < bytes.count, bytes[position] != 10 { position += 1 }
      } else if isWord(byte) {
        let start = position
        while position < bytes.count, isWord(bytes[position]) { position += 1 }
        guard let word = try? bytes.slice(at: start, count: position - start).text else {
          return nil
        }
        tokens.append(.word(word))
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        guard let text = text(bytes, quote: byte, &position) else { return nil }
        tokens.append(.text(text))
      } else {
        guard byte < 0x80 else { return nil }
        if byte > 0x20, byte != UInt8(ascii: "\\") { tokens.append(.mark(byte)) }
        position += 1
      }
    }
    return tokens
  }

  private static func text(_ bytes: Bytes, quote: UInt8, _ position: inout Int) -> String? {
    let isTriple =
      position + 2 < bytes.count && bytes[position + 1] == quote && bytes[position + 2] == quote
    position += isTriple ? 3 : 1
    var content: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\\") {
        content.append(
          contentsOf: (0..<2).compactMap { index in
            position + index < bytes.count ? bytes[position + index] : nil
          })
        position += 2
      } else if byte == quote, !isTriple {
        position += 1
        return String(decoding: content, as: UTF8.self)
      } else if byte == quote, position + 2 < bytes.count, bytes[position + 1] == quote,
        bytes[position + 2] == quote
      {
        position += 3
        return String(decoding: content, as: UTF8.self)
      } else {
        content.append(byte)
        position += 1
      }
    }
    return nil
  }
}

import PthBytes
import PthPickle

/// How readers use an archive's entry, judged by its name and the names of the other entries.
struct ArchivedCode {
  enum Role: Hashable {
    /// Judged by its contents alone.
    case plain
    /// Unpickled because of its name.
    case pickle
    /// Code that the TorchScript runtime compiles and runs.
    case script
    /// The operators of a model for PyTorch's mobile runtime.
    case bytecode
    /// Python source: of torch.package, or of a TorchServe handler.
    case python
    /// Compiled code.
    case native
    /// A program that torch.export wrote.
    case exportedProgram
    case json
    /// The manifest of a TorchServe archive, which names the archive's handler.
    case serving
    case yaml
  }

  private let scriptFolder: String?
  private let isPackage: Bool
  private let isExport: Bool

  private static let extensions: [(role: Role, suffixes: [String])] = [
    (.pickle, [".pkl", ".pickle", ".p", ".pt", ".pth", ".ckpt", ".joblib", ".sav"]),
    (.python, [".py"]),
    (.native, [".so", ".pyd", ".dll", ".dylib", ".pyc", ".pyo", ".cubin", ".exe"]),
    (.json, [".json", ".config"]),
    (.yaml, [".yaml", ".yml"]),
  ]

  /// - Parameter scriptPrefix: The archive name of a TorchScript archive with its slash; nil for other archives.
  init(entryNames: some Sequence<String>, scriptPrefix: String?) {
    scriptFolder = scriptPrefix.map { $0 + "code/" }
    var (isPackage, isExport) = (false, false)
    for name in entryNames {
      isPackage = isPackage || name.hasSuffix(".data/extern_modules")
      isExport =
        isExport || name.hasSuffix("archive_format") || name.hasSuffix("exported_program.json")
    }
    self.isPackage = isPackage
    self.isExport = isExport
  }

  func role(of name: String) -> Role {
    let lowered = name.lowercased()
    if name.hasSuffix("MAR-INF/MANIFEST.json") { return .serving }
    let known = Self.extensions.first { $0.suffixes.contains(where: lowered.hasSuffix) }
    // On Linux, shared objects are also named like `libx.so.1`.
    if lowered.contains(".so.") { return .native }
    guard let known else { return .plain }
    switch known.role {
    case .python where !isPackage && scriptFolder.map(name.hasPrefix) == true: return .script
    case .json where isExport: return .exportedProgram
    case .pickle where scriptFolder != nil && lowered.hasSuffix("bytecode.pkl"): return .bytecode
    default: return known.role
    }
  }
}

extension ArchivedCode.Role {
  /// Findings about an entry with this role, other than findings about pickles and archives.
  func findings(_ bytes: Bytes) -> [(verdict: AuditVerdict, text: String)] {
    if isText, Self.isWide(bytes) {
      return [(.unknown, "is text in UTF-16 or UTF-32, which was not looked into")]
    }
    return switch self {
    case .plain, .pickle, .script, .bytecode: []
    case .python:
      [(.unknown, "is Python code, which runs when somebody imports it from the archive")]
    case .native: [(.unknown, "is compiled code, which runs when it is loaded")]
    case .exportedProgram: ExportedProgram.findings(bytes)
    case .json: ModelConfiguration.findings(bytes)
    case .serving: ServingManifest.findings(bytes)
    case .yaml:
      ["!!python/", "_target_"].filter { bytes.text.contains($0) }.map {
        (.unknown, "has '\($0)' in it, by which YAML readers make Python objects")
      }
    }
  }
}

extension ArchivedCode.Role {
  /// Whether readers decode the entry as text before they parse it.
  private var isText: Bool {
    switch self {
    case .exportedProgram, .json, .serving, .yaml: true
    default: false
    }
  }

  /// Whether `json.loads` or PyYAML would decode the bytes as UTF-16 or UTF-32: because of a byte order mark, or of a
  /// zero among the first four bytes.
  private static func isWide(_ bytes: Bytes) -> Bool {
    let first = (0..<min(4, bytes.count)).map { bytes[$0] }
    return first.contains(0) || first.starts(with: [0xff, 0xfe])
      || first.starts(with: [0xfe, 0xff])
  }
}

/// Recognises machine code and scripts by their first bytes.
enum NativeCode {
  private static let magics: [(bytes: [UInt8], name: String)] = [
    ([0x7f] + Array("ELF".utf8), "compiled code (ELF)"),
    ([0xcf, 0xfa, 0xed, 0xfe], "compiled code (Mach-O)"),
    ([0xce, 0xfa, 0xed, 0xfe], "compiled code (Mach-O)"),
    ([0xca, 0xfe, 0xba, 0xbe], "compiled code (Mach-O or Java)"),
  ]

  static func kind(of bytes: Bytes) -> String? {
    if let known = magics.first(where: { bytes.starts(with: $0.bytes) }) { return known.name }
    if isScript(bytes) { return "a script" }
    // 'MZ' alone proves nothing; a Windows program also states where its PE header is.
    guard bytes.starts(with: Array("MZ".utf8)),
      let header: UInt32 = try? bytes.integer(at: 0x3c),
      (try? bytes.integer(at: Int(header), as: UInt32.self)) == 0x4550
    else { return nil }
    return "compiled code (Windows)"
  }
}

extension NativeCode {
  /// Whether the first line is `#!` and the path of an interpreter. Raw weights may begin with the two signs.
  fileprivate static func isScript(_ bytes: Bytes) -> Bool {
    // Linux reads no more of the line.
    let maximumLength = 256
    guard bytes.starts(with: Array("#!".utf8)) else { return false }
    let line = (2..<min(maximumLength, bytes.count)).map { bytes[$0] }
    let path = line.drop { $0 == 0x20 || $0 == 0x09 }.prefix { $0 > 0x20 }
    let end = path.endIndex < line.endIndex ? line[path.endIndex] : 0x0a
    return path.contains(UInt8(ascii: "/")) && [0x20, 0x09, 0x0a, 0x0d, 0].contains(end)
  }
}

/// Formats that can hold code and that have no reader here.
enum OpaqueFormat {
  static func finding(_ bytes: Bytes) -> String? {
    if bytes.starts(with: [0x89] + Array("HDF\r\n".utf8)) {
      let text = ["Lambda", "model_config"].first {
        bytes.firstPosition(of: Array($0.utf8)) != nil
      }
      switch text {
      case "Lambda":
        return "is an HDF5 file with the word Lambda in it: such layers of Keras are Python code"
      case .some: return "is a Keras model in an HDF5 file, whose layers were not looked into"
      case nil: return nil
      }
    }
    if (try? bytes.slice(at: 4, count: 4).text) == "PTMF" {
      return "is a TorchScript model as a flatbuffer, whose operators were not looked into"
    }
    return nil
  }
}

import FoundationEssentials
import Glibc

/// The directories where PyTorch, mmengine and detectron2 keep downloaded files.
package struct HubCaches: Sendable {
  /// PyTorch's directory: `$TORCH_HOME/hub/checkpoints`.
  package let checkpoints: String
  /// mmengine's directory: `$MMENGINE_HOME`.
  package let mmengine: String
  /// detectron2's directory: `$FVCORE_CACHE`.
  package let iopath: String
  let home: String
  /// Checkpoint names that `open_mmlab.json` in mmengine's directory defines, with their URLs or files.
  let ownNames: [String: String]

  /// - Parameter variables: The environment variables.
  package init(_ variables: [String: String]) {
    func variable(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
    let home = variable("HOME") ?? "/root"
    self.home = home
    func expanded(_ path: String) -> String { Self.expanding(path, home: home) }
    let cache = expanded(variable("XDG_CACHE_HOME") ?? "~/.cache")
    checkpoints = expanded(variable("TORCH_HOME") ?? cache + "/torch") + "/hub/checkpoints"
    mmengine = expanded(variable("MMENGINE_HOME") ?? cache + "/mmengine")
    iopath = expanded(variable("FVCORE_CACHE") ?? "~/.torch/iopath_cache")
    ownNames =
      (try? Data(contentsOf: URL(filePath: mmengine + "/open_mmlab.json"))).flatMap {
        try? JSONDecoder().decode([String: String].self, from: $0)
      } ?? [:]
  }

  /// The directories by the environment of this process.
  package static var standard: HubCaches {
    var variables: [String: String] = [:]
    for name in [
      "HOME", "XDG_CACHE_HOME", "TORCH_HOME", "MMENGINE_HOME", "FVCORE_CACHE",
    ] {
      variables[name] = getenv(name).map { String(cString: $0) }
    }
    return HubCaches(variables)
  }

  /// The path where the loader finds or will store a named checkpoint; nil if that is not known.
  package func path(of name: SourceName) -> String? {
    switch name.origin {
    case .file(let path): Self.expanding(path, home: home)
    case .address: checkpoints + "/" + name.fileName
    case .own(let file): mmengine + "/" + file
    case .storage, .unknownScheme, .unknownName: nil
    }
  }

  /// Whether the path is a regular file.
  static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  private static func expanding(_ path: String, home: String) -> String {
    path == "~" || path.hasPrefix("~/") ? home + path.dropFirst() : path
  }
}

/// Finds files of installed packages without Python: beside the configuration or above it.
///
/// A configuration that comes with a package lies below a folder of packages.
enum PackageFinder {
  static func find(_ relative: String, above path: String) -> String? {
    var folder = ConfigFile.folder(ConfigFile.absolute(path))
    while true {
      let candidate = ConfigFile.join(folder, relative)
      if ConfigFile.isFile(candidate) { return candidate }
      if folder == "/" || folder.isEmpty { return nil }
      folder = ConfigFile.folder(folder)
    }
  }
}

/// Finds files of installed packages without Python, by searching the folder of the configuration and all above it.
///
/// A configuration that was installed with its package is below the folder of packages (site-packages).
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

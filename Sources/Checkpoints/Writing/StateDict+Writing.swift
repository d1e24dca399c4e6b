import PthTensors

extension StateDict {
  /// Writes the tensors to a file, which appears whole or not at all.
  ///
  /// The extension determines the format: `.safetensors`, `.npz`, or PyTorch's zip container for `.pth`, `.pt`,
  /// `.ckpt` and `.bin`.
  ///
  /// - Parameters:
  ///   - path: The file to write.
  ///   - replaces: Whether an existing file may be replaced.
  /// - Throws: ``WriteError`` if the extension is unknown or the file cannot be written, and any error from reading
  ///   the tensors.
  public func write(to path: String, replaces: Bool = false) throws {
    try write(to: path, replaces: replaces, inputs: [])
  }

  /// - Parameter inputs: Files that must not be overwritten.
  package func write(to path: String, replaces: Bool, inputs: [String]) throws {
    guard let format = OutputFormat.forFile(path) else {
      let known = OutputFormat.all.flatMap(\.extensions).map { ".\($0)" }.joined(separator: ", ")
      throw WriteError(path: path, reason: "its ending stands for no format; there are \(known)")
    }
    var options = OutputOptions()
    options.replaces = replaces
    options.inputs = inputs
    try OutputWriter(OutputContents(self), as: format, to: path, options: options).write()
  }
}

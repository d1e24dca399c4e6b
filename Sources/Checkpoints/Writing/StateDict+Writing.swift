import PthTensors

extension StateDict {
  /// Writes the tensors into a file. Its ending chooses the format: `.pth`, `.safetensors` or
  /// `.npz`. The file appears whole or not at all.
  ///
  /// - Parameters:
  ///   - path: The file to write.
  ///   - replaces: Whether there may be such a file already.
  /// - Throws: ``WriteError``; what reading the tensors throws.
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

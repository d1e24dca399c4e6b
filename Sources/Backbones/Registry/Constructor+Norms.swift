extension Constructor {
  /// The norms of feature maps in mmcv's registry, by the `type` of a `norm_cfg`, with their arguments.
  package static let norms: [String: Constructor] = {
    let batch = Constructor(
      "a batch norm", common + [.truth("track_running_stats"), momentum, later])
    return [
      "BN": batch, "BN2d": batch,
      "SyncBN": Constructor(
        "SyncBN",
        common + [.truth("track_running_stats"), momentum, later, Argument("process_group")]),
      "GN": Constructor(
        "GN", common + [.integer("num_groups", 1...65536, required: true), later]),
    ]
  }()

  private static let number: [Form] = [.integer(0...1), .fraction]
  private static let common: [Argument] = [
    .truth("requires_grad"), .truth("affine"),
    Argument("eps", takes: number, refuses: [.none, .text, .sequence(.anything), .dictionary]),
    Argument("device"), Argument("dtype"),
  ]
  private static let momentum = Argument("momentum", takes: [.none] + number)
  /// Exists since PyTorch 2.10.
  private static let later = Argument("bias")
}

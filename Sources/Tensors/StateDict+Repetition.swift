import OrderedCollections

extension StateDict {
  /// Bytes of repeated elements that are allowed for any file when all tensors are written out.
  private static let allowance = 64 << 20
  /// Additional allowed bytes per byte of the file: models that share layers repeat weights a dozen times.
  private static let allowancePerByte = 16

  /// A copy in which tensors that repeat other tensors' elements too often are marked as
  /// ``Tensor/exceedsExpansionLimit``.
  ///
  /// Without a limit over all tensors, a small file could claim terabytes with many views of one storage, each of a
  /// harmless size.
  ///
  /// - Parameter fileSize: Bytes of the checkpoint, including all shards.
  package func limitingRepetition(fileSize: Int) -> StateDict {
    let (share, overflow) = fileSize.multipliedReportingOverflow(by: Self.allowancePerByte)
    let (sum, overflowSum) = share.addingReportingOverflow(Self.allowance)
    var remaining = overflow || overflowSum ? Int.max : sum
    var seen: Set<ObjectIdentifier> = []
    var beyond: [String] = []
    for (name, tensor) in tensors where !tensor.storage.isMeta {
      let root = tensor.storage.parent ?? tensor.storage
      // A storage's own bytes are bounded by the file's size, or by the limit on inflation.
      let own = seen.insert(ObjectIdentifier(root)).inserted ? root.byteCount : 0
      let repeated = Swift.max(0, tensor.byteCount - own)
      if repeated > remaining { beyond.append(name) } else { remaining -= repeated }
    }
    guard !beyond.isEmpty else { return self }
    var result = self
    for name in beyond { result.tensors[name]?.isBeyondStateDictLimit = true }
    return result
  }
}

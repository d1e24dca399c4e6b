import OrderedCollections

extension StateDict {
  /// Bytes that repeated elements may take when all tensors are written out, whatever the file.
  private static let allowance = 64 << 20
  /// The same allowance for each byte of the file: layers that share their weights are repeated a
  /// dozen times.
  private static let allowancePerByte = 16

  /// A copy of the state dict in which tensors that repeat others' elements too often are marked as
  /// ``Tensor/exceedsExpansionLimit``. Without a limit over all of them, a small file could name
  /// terabytes: many views of one storage, each of a harmless size.
  ///
  /// - Parameter fileSize: Bytes of the whole checkpoint, all shards together.
  package func limitingRepetition(fileSize: Int) -> StateDict {
    let (share, overflow) = fileSize.multipliedReportingOverflow(by: Self.allowancePerByte)
    let (sum, overflowSum) = share.addingReportingOverflow(Self.allowance)
    var remaining = overflow || overflowSum ? Int.max : sum
    var seen: Set<ObjectIdentifier> = []
    var beyond: [String] = []
    for (name, tensor) in tensors where !tensor.storage.isMeta {
      let root = tensor.storage.parent ?? tensor.storage
      // The storage's own bytes are bounded by the file, or by the limit on what it inflates to.
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

/// The learning rate for a batch size, by the linear scaling rule: the rate is proportional to the images of
/// a step.
///
/// mmdetection's rates are for 8 GPUs with 2 images each unless `auto_scale_lr.base_batch_size` says
/// otherwise.
package struct LearningRate: Sendable {
  package static let standardGPUs = 8
  package static let standardImagesPerGPU = 2

  /// The rate before scaling.
  package let base: Double
  package let gpus: Int
  package let imagesPerGPU: Int
  /// The images of a step that ``base`` is for; nil stands for 8 GPUs with 2 images each.
  package let baseBatchSize: Int?

  /// - Returns: nil if a number is not positive, `base` is not finite, or `gpus × imagesPerGPU` overflows.
  package init?(base: Double, gpus: Int, imagesPerGPU: Int, baseBatchSize: Int? = nil) {
    guard base > 0, base.isFinite, gpus > 0, imagesPerGPU > 0, baseBatchSize ?? 1 > 0,
      !gpus.multipliedReportingOverflow(by: imagesPerGPU).overflow
    else { return nil }
    self.base = base
    self.gpus = gpus
    self.imagesPerGPU = imagesPerGPU
    self.baseBatchSize = baseBatchSize
  }

  /// The images of a step, on all GPUs together.
  package var batchSize: Int { gpus * imagesPerGPU }

  /// The images of a step that ``base`` is for.
  package var standardBatchSize: Int {
    baseBatchSize ?? Self.standardGPUs * Self.standardImagesPerGPU
  }

  package var value: Double { base * Double(batchSize) / Double(standardBatchSize) }

  /// The rule with its numbers.
  package var arithmetic: String {
    let base = PythonText.rounded(self.base)
    guard let baseBatchSize else {
      return "\(base) / \(Self.standardGPUs) × \(gpus) × \(imagesPerGPU) / "
        + "\(Self.standardImagesPerGPU)"
    }
    return "\(base) / \(baseBatchSize) × \(gpus) × \(imagesPerGPU)"
  }

  /// The rule in words.
  package var rule: String {
    baseBatchSize == nil
      ? "lr = base_lr / 8 × gpus × images_per_gpu / 2"
      : "lr = base_lr / base_batch_size × gpus × images_per_gpu"
  }

  package var text: String {
    """
    \(rule)
    lr = \(arithmetic) = \(PythonText.rounded(value))
    \(PythonText.rounded(base)) is for \(images(standardBatchSize)) a step, and this run has \
    \(images(batchSize)).

    """
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.field("lr", Double(PythonText.rounded(value)))
      writer.field("base_lr", base)
      writer.field("gpus", gpus)
      writer.field("images_per_gpu", imagesPerGPU)
      writer.field("batch_size", batchSize)
      writer.field("base_batch_size", standardBatchSize)
      writer.field("rule", rule)
      writer.field("arithmetic", "\(arithmetic) = \(PythonText.rounded(value))")
    }
  }

  private func images(_ count: Int) -> String {
    "\(Format.grouped(count)) image\(count == 1 ? "" : "s")"
  }
}

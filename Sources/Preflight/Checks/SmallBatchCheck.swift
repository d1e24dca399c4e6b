import PthBackbones
import PthConfigs

/// Warns of batch norms whose statistics come from batches of one or two images.
enum SmallBatchCheck {
  static func findings(_ config: Config, _ backbones: [BackboneEntry], _ options: PreflightOptions)
    -> [PreflightFinding]
  {
    guard let images = options.imagesPerGPU ?? Batch.imagesPerGPU(of: config)?.value,
      (1...2).contains(images)
    else { return [] }
    return backbones.compactMap { finding($0, images, options) }
      + backbones.flatMap { others(of: $0.owner, images, options) }
  }

  /// Findings about norms of necks and heads, which have no `norm_eval` that keeps their statistics in training.
  private static func others(
    of owner: Place, _ images: Int, _ options: PreflightOptions
  ) -> [PreflightFinding] {
    var findings: [PreflightFinding] = []
    func look(at place: Place, depth: Int) {
      guard depth < 8 else { return }
      if let norm = place.place("norm_cfg"), let type = norm.type,
        let count = count(type, images, options)
      {
        findings.append(
          PreflightFinding(
            .smallBatch, .warning, at: place.location(of: "norm_cfg"),
            "batch norms of \(place.path) take mean and variance from "
              + "\(count) image\(count == 1 ? "" : "s") at a time",
            because: "norm_cfg has type '\(type)' and each GPU gets "
              + "\(images) image\(images == 1 ? "" : "s")",
            instead: "norm_cfg=dict(type='GN', num_groups=32), or on several GPUs type='SyncBN'"))
        return
      }
      for (_, child) in place.children { look(at: child, depth: depth + 1) }
    }
    for (key, place) in owner.children
    where key == "neck" || key.hasSuffix("_head") || key.hasSuffix("_neck") {
      look(at: place, depth: 0)
    }
    return findings
  }

  /// The number of images that a batch norm sees at once, if it is one or two; else nil.
  private static func count(_ type: String, _ images: Int, _ options: PreflightOptions) -> Int? {
    switch type {
    case "BN", "BN2d", "BatchNorm2d": return images
    // Synchronised norms see the images of all GPUs.
    case "SyncBN", "MMSyncBN", "NaiveSyncBN":
      guard let gpus = options.gpus, (1...2).contains(gpus), gpus * images < 3 else { return nil }
      return gpus * images
    default: return nil
    }
  }

  private static func finding(
    _ backbone: BackboneEntry, _ images: Int, _ options: PreflightOptions
  ) -> PreflightFinding? {
    let type = backbone.place["norm_cfg"]?["type"]?.string ?? "BN"
    guard let graph = backbone.graph, backbone.hasBatchNorm, !backbone.normEval,
      backbone.normRequiresGrad, backbone.frozenStages < graph.lastStage,
      let count = count(type, images, options)
    else { return nil }
    return PreflightFinding(
      .smallBatch, .warning, at: backbone.place.location(of: "norm_eval"),
      "batch norms of the backbone take mean and variance from \(count) "
        + "image\(count == 1 ? "" : "s") at a time",
      because: "norm_eval is False and each GPU gets \(images) image\(images == 1 ? "" : "s")",
      instead: type.contains("Sync")
        ? "norm_eval=True" : "norm_eval=True, or norm_cfg=dict(type='SyncBN')")
  }
}

/// The batch size of a run.
enum Batch {
  /// The configuration's batch size on one GPU, with its location.
  static func imagesPerGPU(of config: Config) -> (value: Int, location: ConfigLocation?)? {
    let top = Place(config)
    for (place, key) in [
      ("train_dataloader", "batch_size"), ("data", "samples_per_gpu"), ("data", "imgs_per_gpu"),
    ] {
      if let place = top.place(place), let value = place[key]?.int {
        return (value, place.location(of: key))
      }
    }
    return nil
  }
}

import PthConfigs

/// Batch norms that learn their statistics from one or two images.
enum SmallBatchCheck {
  static func findings(_ config: Config, _ backbones: [BackboneEntry], _ options: PreflightOptions)
    -> [PreflightFinding]
  {
    guard let images = options.imagesPerGPU ?? Batch.imagesPerGPU(of: config)?.value, images < 3
    else { return [] }
    return backbones.compactMap { backbone -> PreflightFinding? in
      guard backbone.graph != nil, backbone.hasBatchNorm, !backbone.normEval,
        backbone.normRequiresGrad, backbone.frozenStages < 4
      else { return nil }
      let type = backbone.place["norm_cfg"]?["type"]?.string ?? "BN"
      // SyncBN takes the images of all GPUs together.
      let isSynchronised = type.contains("Sync")
      if isSynchronised { guard let gpus = options.gpus, gpus * images < 3 else { return nil } }
      let count = isSynchronised ? (options.gpus ?? 1) * images : images
      return PreflightFinding(
        .smallBatch, .warning, at: backbone.place.location(of: "norm_eval"),
        "batch norms of the backbone take mean and variance from \(count) "
          + "image\(count == 1 ? "" : "s") at a time",
        because: "norm_eval is False and \(images) image\(images == 1 ? "" : "s") "
          + "lie\(images == 1 ? "s" : "") on a GPU",
        instead: isSynchronised
          ? "norm_eval=True" : "norm_eval=True, or norm_cfg=dict(type='SyncBN')")
    }
  }
}

/// How many images a run takes at a time.
enum Batch {
  /// What the configuration says of the images on one GPU, and where.
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

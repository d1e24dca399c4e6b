import PthConfigs
import PthReports

/// Checks the learning rate by the linear rule: `lr = base_lr / 8 × gpus × images_per_gpu / 2`.
enum RateCheck {
  static func findings(_ config: Config, bases: [Config], _ options: PreflightOptions)
    -> [PreflightFinding]
  {
    guard let rate = Rate(config), let gpus = options.gpus,
      let images = options.imagesPerGPU ?? Batch.imagesPerGPU(of: config)?.value,
      gpus > 0, images > 0, gpus <= 1 << 20, images <= 1 << 20
    else { return [] }
    let base = Rate.base(of: config)
    // mmengine's own scaling ignores gradient accumulation.
    let steps = rate.isScaledByRunner ? 1 : rate.accumulation
    let batch = gpus * images * steps
    let ratio = Double(batch) / Double(base.size)
    let run =
      "\(gpus) GPU\(gpus == 1 ? "" : "s") with \(images) image\(images == 1 ? "" : "s") each"
      + (steps == 1 ? "" : " and gradients of \(steps) batches added up")
      + " are \(batch) at a time; \(base.why)"
    let others = bases.compactMap { other in
      Rate(other).map { (rate: $0, name: other.path, size: Rate.base(of: other).size) }
    }
    // A base configuration from whose rate the rule gives this rate, so that it was scaled by hand.
    let complete = others.first {
      ratio != 1 && $0.size != batch
        && near(rate.value, $0.rate.value * Double(batch) / Double($0.size))
    }
    let isByHand = complete != nil
    func scaled(_ value: Double) -> String { Format.significant(value, digits: 6) }
    if rate.isScaledByRunner {
      let result = scaled(rate.value * ratio)
      if isByHand, let complete {
        return [
          PreflightFinding(
            .rateScaledTwice, .error, at: rate.location,
            "the learning rate is scaled twice: the run trains with \(result), not \(rate.text)",
            because: "\(run). \(rate.text) is \(complete.rate.text) of \(file(complete.name)) × "
              + "\(batch)/\(base.size) already, and auto_scale_lr multiplies once more",
            instead: "lr=\(complete.rate.text), or auto_scale_lr=dict(enable=False)")
        ]
      }
      return [
        PreflightFinding(
          .rate, .note, at: rate.scalingLocation ?? rate.location,
          "auto_scale_lr makes the learning rate \(result)",
          because: "\(run): \(rate.text) × \(batch)/\(base.size)")
      ]
    }
    guard ratio != 1, !isByHand else {
      return [
        PreflightFinding(
          .rate, .note, at: rate.location, "the learning rate \(rate.text) is the one for this run",
          because: isByHand
            ? "\(run): \(complete?.rate.text ?? "") × \(batch)/\(base.size). Started with "
              + "--auto-scale-lr, it would be scaled again" : run)
      ]
    }
    // A rate in the configuration's own file may have been scaled by hand already.
    let isInherited =
      rate.location?.path != config.path || others.contains { near(rate.value, $0.rate.value) }
    let isSure = isInherited && base.isSaid && rate.optimizer == "SGD"
    return [
      PreflightFinding(
        .rateNotScaled, isSure ? .error : .warning, at: rate.location,
        "the learning rate \(rate.text) is for batches of \(base.size); the run has \(batch)",
        because: run
          + (isInherited && base.isSaid
            ? "" : ". If \(rate.text) was scaled by hand already, nothing is wrong")
          + (rate.optimizer == "SGD" ? "" : ". The rule was found for SGD"),
        instead: "lr=\(scaled(rate.value * ratio))"
          + (base.isSaid && rate.hasSwitch && steps == 1
            ? ", or start the run with --auto-scale-lr" : ""))
    ]
  }

  private static func near(_ one: Double, _ other: Double) -> Bool {
    abs(one - other) <= 1e-4 * abs(other)
  }

  private static func file(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}

/// The learning rate of a configuration.
struct Rate: Sendable {
  let value: Double
  let location: ConfigLocation?
  /// The optimizer's type; empty if it is not given.
  let optimizer: String
  /// The number of batches whose gradients are accumulated before a step.
  let accumulation: Int
  /// Whether mmengine's runner scales the rate: `auto_scale_lr.enable` is True.
  let isScaledByRunner: Bool
  /// Whether `auto_scale_lr.enable` exists, which the option `--auto-scale-lr` of the training script sets.
  let hasSwitch: Bool
  let scalingLocation: ConfigLocation?

  var text: String { Format.significant(value, digits: 6) }

  /// Nil if the configuration has no single positive rate.
  init?(_ config: Config) {
    let top = Place(config)
    let wrapper = top.place("optim_wrapper")
    guard let optimizer = wrapper?.place("optimizer") ?? top.place("optimizer"),
      let value = optimizer["lr"]?.double, value > 0, value.isFinite
    else { return nil }
    self.value = value
    location = optimizer.location(of: "lr")
    self.optimizer = optimizer.type ?? ""
    accumulation = min(max(wrapper?["accumulative_counts"]?.int ?? 1, 1), 1 << 16)
    let scaling = top.place("auto_scale_lr")
    isScaledByRunner = scaling?["enable"]?.bool == true
    hasSwitch = scaling?["enable"] != nil
    scalingLocation = scaling?.location(of: "enable")
  }

  /// The batch size that the rate is for, the reason, and whether the configuration gives the batch size.
  static func base(of config: Config) -> (size: Int, why: String, isSaid: Bool) {
    let scaling = Place(config).place("auto_scale_lr")
    if let size = scaling?["base_batch_size"]?.int, size > 0 {
      return (size, "auto_scale_lr.base_batch_size is \(size)", true)
    }
    return (16, "mmdet's rates are for 8 GPUs with 2 images each, 16 at a time", false)
  }
}

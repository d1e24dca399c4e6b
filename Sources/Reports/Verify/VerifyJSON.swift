import PthTensors
import PthBackbones
import PthEngines
import PthImages
import PthKeyMapping

/// The JSON of `verify --json`; `docs/json.md` documents it.
package struct VerifyJSON {
  package let report: VerifyReport
  /// The stages' outputs as pictures; nil if they were not requested.
  package let featureMaps: [FeatureMapImage]?

  package init(_ report: VerifyReport, featureMaps: [FeatureMapImage]? = nil) {
    self.report = report
    self.featureMaps = featureMaps
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.field("backbone", report.graph.backbone)
      writer.field("flavor", report.graph.flavor.rawValue)
      writer.field("verdict", report.verdict.rawValue)
      writer.field("reasons", report.reasons)
      writer.field("assumptions", report.assumptions)
      writer.key("input")
      writer.object { writer in
        writer.field("file", report.input.path)
        writer.field("seed", report.input.path == nil ? report.input.seed : nil)
        writer.field("shape", report.input.tensor.shape)
        writer.field("dtype", report.input.tensor.dtype.rawValue)
        writer.field("python", report.input.python)
      }
      writer.key("quiet_weights")
      if let quiet = report.quiet {
        writer.object { writer in
          writer.field("share", quiet.share)
          writer.field("layer", quiet.layer)
          writer.field("layer_share", quiet.layerShare)
        }
      } else {
        writer.null()
      }
      writer.field("tolerance", report.tolerance)
      if let rounding = report.rounding {
        writer.key("rounding")
        writer.object { writer in
          writer.field("dtype", rounding.dtype.rawValue)
          writer.key("relative_l2")
          writer.object { writer in
            for stage in report.outputs {
              writer.key(stage.name)
              writer.value(rounding.errors[stage.name])
            }
          }
        }
      }
      writer.key("random_weights")
      writer.object { writer in
        writer.field("keys", report.load.missing.count + report.load.mismatched.count)
        writer.field("stages", report.randomStages)
      }
      writer.key("comparisons")
      writer.array { writer in
        for comparison in report.comparisons { write(comparison, to: &writer) }
        if let statistics = report.statistics {
          StatisticsJSON(report: statistics).write(to: &writer)
        }
      }
      writer.key("labels")
      if let labels = report.labels { labels.write(to: &writer) } else { writer.null() }
      writer.key("engines")
      if let engines = report.engines { write(engines, to: &writer) } else { writer.null() }
      writer.objects("alternatives", report.alternatives) { writer, alternative in
        writer.field("options", alternative.change.options)
        writer.field("agrees", alternative.agrees)
        writer.field("relative_l2", alternative.worstError)
      }
      writer.objects("skipped", report.skipped) { writer, skipped in
        writer.field("kind", skipped.kind.rawValue)
        writer.field("reason", skipped.reason)
      }
      write("stages", report.decisive?.stages ?? report.outputs, to: &writer)
      if let layers = report.layers { write("layers", layers, to: &writer) }
      writer.field("first_divergence", report.firstDivergence?.name)
      if let featureMaps {
        writer.objects("feature_maps", featureMaps) { writer, map in
          writer.field("name", map.name)
          writer.field("height", map.height)
          writer.field("width", map.width)
          writer.field("image", map.image)
        }
      }
      writer.field("pass", report.verdict.isFavourable)
    }
  }

  private func write(_ comparison: VerifyReport.Comparison, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.field("kind", comparison.kind.rawValue)
      writer.field("engine", comparison.engine)
      write("stages", comparison.stages, to: &writer)
      writer.field("first_divergence", comparison.firstDivergence?.name)
      writer.field("what", comparison.firstDivergence?.what)
      writer.field("explanation", comparison.explanation)
      writer.field("pass", comparison.passes)
    }
  }

  private func write(_ key: String, _ stages: [StageReport], to writer: inout JSONWriter) {
    writer.key(key)
    writer.array { writer in
      for stage in stages {
        writer.object { writer in
          writer.field("name", stage.name)
          writer.field("shape", stage.shape)
          writer.field("mean", stage.mean)
          writer.field("std", stage.std)
          writer.field("min", stage.min)
          writer.field("max", stage.max)
          writer.field("max_abs_error", stage.comparison?.maxAbsError)
          writer.field("relative_l2", stage.comparison?.relativeL2)
          writer.field("cosine", stage.comparison?.cosine)
          writer.field("pass", stage.passes)
        }
      }
    }
  }
}

import PthBackbones
import PthEngines
import PthTensors

/// The JSON of `diff --json`; `docs/json.md` documents it.
package struct DiffJSON {
  package let comparison: StateDictComparison
  package let sides: [DiffSide]

  package init(_ comparison: StateDictComparison, _ first: DiffSide, _ second: DiffSide) {
    self.comparison = comparison
    sides = [first, second]
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.field("equal", comparison.isEqual)
      writer.objects("files", sides) { writer, side in
        writer.field("key", side.key)
        writer.field("not_compared", side.others)
      }
      writer.field("only_in_first", comparison.onlyInFirst)
      writer.field("only_in_second", comparison.onlyInSecond)
      writer.objects("different", comparison.different) { writer, entry in
        writer.field("name", entry.name)
        writer.field("shapes", entry.first.shape, entry.second.shape)
        writer.field("dtypes", [entry.first.dtype.rawValue, entry.second.dtype.rawValue])
        if entry.wholesDiffer {
          writer.field("parts_of", [entry.first, entry.second].map { $0.wholeTensor ?? "" })
        }
        writer.field("max_abs", entry.values?.maxAbs)
        writer.field("relative_l2", entry.values?.relativeL2)
      }
      writer.field("without_values", comparison.untold)
      writer.field("identical", comparison.identicalCount)
      writer.field("within_tolerance", comparison.closeCount)
    }
  }
}

extension JSONWriter {
  fileprivate mutating func field(_ name: String, _ first: [Int], _ second: [Int]) {
    key(name)
    array { writer in
      writer.value(first)
      writer.value(second)
    }
  }
}

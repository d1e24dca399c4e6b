import OrderedCollections
import PthBackbones

/// The difference between a target and another network with the same keys: a flavor and arguments.
package struct TargetChange: Sendable, Hashable {
  /// The implementation; nil for the target's own.
  package let flavor: Flavor?
  /// Arguments with other values.
  package let arguments: BackboneArguments
  /// Arguments in which the defaults of the other flavor differ from the target, named to be explicit.
  package let implied: BackboneArguments

  /// Names of what differs, `flavor` among them.
  package var names: [String] { (flavor == nil ? [] : ["flavor"]) + arguments.names }

  /// The number of changes.
  var count: Int { arguments.names.count + (flavor == nil ? 0 : 1) }

  private var given: BackboneArguments { arguments.merging(implied) }

  /// The program's options that ask for it: `--flavor mmdet --arg style=caffe`. JSON has it so.
  package var options: String {
    let words = given.values.map { name, value in
      let text = value.commandLineText
      return text.contains(where: { " ()[]".contains($0) })
        ? "--arg '\(name)=\(text)'" : "--arg \(name)=\(text)"
    }
    return ((flavor.map { ["--flavor \($0)"] } ?? []) + words).joined(separator: " ")
  }

  /// The difference in a report: as options if the program prints it, else in words.
  func text(_ style: TextStyle) -> String {
    let options = style.advice(options)
    return options.isEmpty ? description : options
  }
}

extension TargetChange: CustomStringConvertible {
  /// In words: `flavor mmdet and style=caffe`.
  package var description: String {
    ((flavor.map { ["flavor \($0)"] } ?? [])
      + given.values.map { "\($0.key)=\($0.value.commandLineText)" })
      .joined(separator: " and ")
  }
}

import ArgumentParser
import PthConvKit

/// An option for each of the backbones' arguments that people change often: `--depth 50` is short for
/// `--arg depth=50`.
///
/// The options are rows of the families' own tables of arguments, so that the program names none of
/// them. ArgumentParser finds a type's options in its mirror; this type makes that mirror from the tables.
struct ArgumentOptions: ParsableArguments, CustomReflectable {
  /// The options' values as `key=value`, in the tables' order.
  let pairs: [String]

  /// The arguments that have an option, each once.
  private static let rows: [ArgumentSpecification] = {
    var names = Set<String>()
    return BackboneRegistry.standardArguments
      .filter { $0.hasOption && names.insert($0.name).inserted }
  }()

  init() { pairs = [] }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    pairs = try Self.rows.compactMap { row in
      let key = Key(stringValue: row.name)
      if row.kind == .boolean {
        let flag = try values.decode(Flag<Bool?>.self, forKey: key).wrappedValue
        return flag.map { "\(row.name)=\($0 ? "True" : "False")" }
      }
      let value = try values.decode(Option<String?>.self, forKey: key).wrappedValue
      return value.map { "\(row.name)=\(row.kind.isList ? Self.list($0) : $0)" }
    }
  }

  var customMirror: Mirror {
    Mirror(self, children: Self.rows.map { ($0.name, Self.definition(of: $0)) })
  }

  private static func definition(of row: ArgumentSpecification) -> Any {
    let option = row.name.replacing("_", with: "-")
    if row.kind == .boolean {
      return Flag<Bool?>(
        name: .customLong(option), inversion: .prefixedNo,
        help: "Short for --arg \(row.name)=True or =False.")
    }
    let value = row.kind.isList ? "list" : "n"
    let example = row.kind.isList ? ", such as 3,4,6,3" : ""
    return Option<String?>(
      // A number below 0 looks like an option, unless whatever follows is taken for the value.
      name: .customLong(option), parsing: row.kind.takesNegativeNumbers ? .unconditional : .next,
      help: ArgumentHelp("Short for --arg \(row.name)=\(value)\(example).", valueName: value))
  }

  /// A list as Python writes it; on a command line the parentheses may be left out.
  private static func list(_ text: String) -> String {
    text.hasPrefix("[") || text.hasPrefix("(") ? text : "(\(text))"
  }

  /// An argument's name.
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

/// A problem with the input of a report, as one sentence.
package struct InputProblem: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

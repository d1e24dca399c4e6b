/// A vote of the places of a network about one property.
struct Votes<Value: Hashable> {
  private var counts: [Value: Int] = [:]
  private var order: [Value] = []
  /// The key that said each value first.
  private var witnesses: [Value: String] = [:]

  mutating func add(_ value: Value, _ witness: @autoclosure () -> String = "") {
    if counts[value] == nil {
      order.append(value)
      witnesses[value] = witness()
    }
    counts[value, default: 0] += 1
  }

  /// The value with most votes, of equal ones the first; nil without votes.
  var winner: Value? {
    order.enumerated().max {
      (counts[$0.element] ?? 0, $1.offset) < (counts[$1.element] ?? 0, $0.offset)
    }?.element
  }

  /// The key that was the first to show the winning value.
  var witness: String { winner.flatMap { witnesses[$0] } ?? "" }
}

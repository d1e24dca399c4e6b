/// Counts votes about one property: each block or layer of a network votes for the value that it shows.
struct Votes<Value: Hashable> {
  private var counts: [Value: Int] = [:]
  private var order: [Value] = []
  /// For each value, the key that showed it first.
  private var witnesses: [Value: String] = [:]

  mutating func add(_ value: Value, _ witness: @autoclosure () -> String = "") {
    if counts[value] == nil {
      order.append(value)
      witnesses[value] = witness()
    }
    counts[value, default: 0] += 1
  }

  /// The value with the most votes, with equal numbers the one that was added first; nil without votes.
  var winner: Value? {
    order.enumerated().max {
      (counts[$0.element] ?? 0, $1.offset) < (counts[$1.element] ?? 0, $0.offset)
    }?.element
  }

  /// The key that was the first to show the winning value.
  var witness: String { winner.flatMap { witnesses[$0] } ?? "" }
}

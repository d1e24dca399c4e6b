import Glibc

extension HTMLWriter {
  /// A bar for a share from 0 to 1. Hidden from screen readers: callers write the share as a number beside it.
  mutating func bar(_ share: Double, tone: HTMLPage.Tone? = nil) {
    let width = max(0, min(share, 1)) * 120
    element(
      "svg", ["width": "120", "height": "10", "aria-hidden": "true", "class": tone?.rawValue]
    ) {
      $0.empty("rect", ["class": "track", "width": "120", "height": "10", "rx": "2"])
      $0.empty(
        "rect",
        ["class": "fill", "width": Format.fixed(width, digits: 1), "height": "10", "rx": "2"])
    }
  }

  /// Counts in bins of equal width. Every count above 0 is drawn high enough to be seen.
  mutating func histogram(_ counts: [Int], label: String) {
    guard let most = counts.max(), most > 0 else { return }
    var path = "M0 16"
    for count in counts {
      let height = count == 0 ? 0 : max(0.7, Double(count) / Double(most) * 16)
      path += "V\(Format.fixed(16 - height, digits: 1))h1"
    }
    element(
      "svg",
      [
        "class": "histogram", "viewBox": "0 0 \(counts.count) 16", "preserveAspectRatio": "none",
        "role": "img", "aria-label": label,
      ]
    ) { writer in
      writer.element("title", label)
      writer.empty("path", ["d": path + "V16z"])
    }
  }

  /// An error on a logarithmic scale from 1e-8 to 1, with a line at the tolerance.
  mutating func error(_ error: Double, tolerance: Double, passes: Bool) {
    func position(_ value: Double) -> Double {
      value.isNaN ? 120 : max(0, min((log10(max(value, 1e-8)) + 8) / 8, 1)) * 120
    }
    element(
      "svg",
      ["width": "120", "height": "12", "aria-hidden": "true", "class": passes ? "good" : "bad"]
    ) { writer in
      writer.empty("rect", ["class": "track", "y": "1", "width": "120", "height": "10", "rx": "2"])
      writer.empty(
        "rect",
        [
          "class": "fill", "y": "1", "width": Format.fixed(position(error), digits: 1),
          "height": "10", "rx": "2",
        ])
      let limit = Format.fixed(position(tolerance), digits: 1)
      writer.empty("line", ["class": "limit", "x1": limit, "x2": limit, "y1": "0", "y2": "12"])
    }
  }

  /// Lines over equally spaced places, on a logarithmic scale.
  ///
  /// - Parameters:
  ///   - marks: Places with a tick below the lines.
  ///   - powers: The powers of ten of the lower and upper edge. Values outside are drawn on the edge.
  mutating func curves(
    _ lines: [[Double]], marks: [Int], powers: ClosedRange<Int>, label: String
  ) {
    let (width, height) = (600.0, 120.0)
    func x(_ place: Int, of count: Int) -> String {
      Format.fixed(count > 1 ? Double(place) / Double(count - 1) * width : width / 2, digits: 1)
    }
    func y(_ value: Double) -> String {
      let lowest = Double(powers.lowerBound)
      let power = value.isNaN ? Double(powers.upperBound) : log10(max(value, 1e-12))
      let share = (power - lowest) / Double(powers.upperBound - powers.lowerBound)
      return Format.fixed((1 - max(0, min(share, 1))) * height, digits: 1)
    }
    element(
      "svg",
      ["class": "curves", "viewBox": "-4 -4 608 138", "role": "img", "aria-label": label]
    ) { writer in
      writer.element("title", label)
      for power in powers {
        let level = y(pow(10, Double(power)))
        writer.empty("line", ["class": "level", "x1": "0", "x2": "600", "y1": level, "y2": level])
      }
      for (index, values) in lines.enumerated() {
        let points = values.enumerated().map { "\(x($0, of: values.count)),\(y($1))" }
        writer.empty(
          "polyline",
          ["class": index == 0 ? "line" : "line broken", "points": points.joined(separator: " ")])
      }
      for mark in marks {
        let place = x(mark, of: lines.first?.count ?? 1)
        writer.empty(
          "line", ["class": "mark bad", "x1": place, "x2": place, "y1": "123", "y2": "133"])
      }
    }
  }
}

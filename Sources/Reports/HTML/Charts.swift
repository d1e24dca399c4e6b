import Glibc

extension HTMLWriter {
  /// A bar of a share from 0 to 1, beside which the share stands as a number.
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

  /// Counts in bins of equal width. The smallest count above 0 can be seen.
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

  /// An error on a scale of powers of ten from 1e-8 to 1, with a line where the tolerance is.
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
}

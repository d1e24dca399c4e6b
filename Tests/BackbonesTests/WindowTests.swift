import Foundation
import TestSupport
import Testing

@testable import PthBackbones

@Suite struct WindowTests {
  /// Output lengths of pooling, for every small window that PyTorch accepts.
  @Test func pooling() throws {
    let lines = try String(contentsOf: Fixtures.url("backbones/pooling.txt"), encoding: .utf8)
      .split(separator: "\n")
      .filter { !$0.hasPrefix("#") }
    #expect(lines.count > 500)
    for line in lines {
      let numbers = line.split(separator: " ").compactMap { Int($0) }
      try #require(numbers.count == 6)
      let window = Window(
        kernel: numbers[1], stride: numbers[2], padding: numbers[3], ceilMode: numbers[4] == 1)
      #expect((window.positions(over: numbers[0]) ?? 0) == numbers[5], "\(line)")
    }
  }

  @Test func dilation() {
    #expect(Window(kernel: 3, stride: 1, padding: 0, dilation: 4).positions(over: 9) == 1)
    #expect(Window(kernel: 3, stride: 1, padding: 0, dilation: 4).positions(over: 8) == nil)
    #expect(Window(kernel: 3, stride: 2, padding: 2, dilation: 2).positions(over: 8) == 4)
  }
}

import OrderedCollections
import PthBytes
import PthTensors
import Testing

@testable import PthCheckpoints

/// Numbers in small files that would take crashes, hours or the memory.
@Suite struct LimitTests {
  private static let storage = TensorStorage(
    key: "s", bytes: Bytes([UInt8](repeating: 1, count: 64)))

  private func view(_ shape: [Int], _ strides: [Int], offset: Int = 0) throws -> Tensor {
    try Tensor(
      storage: Self.storage, dtype: .float32, shape: shape, strides: strides, storageOffset: offset)
  }

  /// A stride along a dimension of one element leads nowhere, and is added in every walk.
  @Test func stridesThatNoElementNeeds() throws {
    for strides in [[Int.max, 1, 2], [1, Int.max, 2], [Int.max / 32, 1, 2]] {
      #expect(throws: TensorError.self) { try view([1, 1, 2], strides) }
    }
    let usual = try view([1, 2, 2], [1 << 40, 2, 1])
    #expect(try usual.contiguousBytes().count == 16)
    #expect(try TensorStatistics(usual).minimum != nil)
  }

  @Test func offsetsOfEmptyTensors() throws {
    #expect(throws: TensorError.self) { try view([0], [1], offset: Int.max) }
    #expect(throws: TensorError.self) { try view([0], [1], offset: Int.max / 16) }
    #expect(try view([0], [1], offset: 100).contiguousBytes().isEmpty)
    #expect(try view([0, 1 << 40], [1 << 62, 1]).elementCount == 0)
  }

  /// Views of a harmless size each, and of terabytes together.
  @Test func repetitionIsLimitedOverTheWholeStateDict() throws {
    let expanded = try view([8 << 20], [0])
    var state = StateDict()
    for index in 0..<100 { state["k\(index)"] = expanded }
    let limited = state.limitingRepetition(fileSize: 1000)
    let kept = limited.tensors.filter { !$0.value.exceedsExpansionLimit }.keys
    #expect(Array(kept) == ["k0", "k1"])
    let refused = try #require(limited["k99"])
    #expect(throws: TensorError.self) { try TensorStatistics(refused) }
    #expect(throws: TensorError.self) { try TensorDifference(refused, expanded) }
    #expect(throws: (any Error).self) { try StateDictComparison(limited, limited) }
  }

  /// What layers share is not repeated beyond reason.
  @Test func sharedLayersAreOrdinary() throws {
    var state = StateDict()
    for index in 0..<12 { state["k\(index)"] = try view([4, 4], [4, 1]) }
    let limited = state.limitingRepetition(fileSize: 100)
    #expect(limited.tensors.values.allSatisfy { !$0.exceedsExpansionLimit })
  }

  @Test func inflationHasABudget() {
    var budget = InflationBudget(archiveSize: 1000)
    let all = 64 << 20
    // The same entry counts once.
    let charges = [(all, 0), (all, 0), (all, 1), (1000, 2)].map { budget.charge($0, for: $1) }
    #expect(charges == [true, true, false, true])
    var large = InflationBudget(archiveSize: .max)
    let isAllowed = large.charge(.max, for: 0)
    #expect(isAllowed)
    #expect(InflationBudget.pickleLimit(archiveSize: .max) == .max)
  }
}

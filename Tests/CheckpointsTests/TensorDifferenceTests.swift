import PthBytes
import PthTensors
import Testing

/// How far tensors of any type are apart.
@Suite struct TensorDifferenceTests {
  private func tensor<T: BitwiseCopyable>(
    _ values: [T], _ dtype: DType, quantizer: Quantizer? = nil
  ) throws -> Tensor {
    let bytes = values.withUnsafeBytes { Bytes(Array($0)) }
    let count = bytes.count / dtype.itemSize
    return try Tensor(
      storage: TensorStorage(key: "x", bytes: bytes), dtype: dtype, shape: [count], strides: [1],
      storageOffset: 0, quantizer: quantizer)
  }

  @Test func nothingCanBeSaidOfNothing() throws {
    #expect(throws: NothingToCompare.self) { try StateDictComparison(StateDict(), StateDict()) }
  }

  /// Integers of the same bits are other numbers under another scale.
  @Test func scalesOfQuantisedTensorsCount() throws {
    func quantised(_ values: [Int8], _ scale: Double) throws -> Tensor {
      try tensor(values, .qint8, quantizer: .perTensor(scale: scale, zeroPoint: 0))
    }
    let one = try quantised([1, 1], 0.5)
    #expect(try TensorDifference(one, quantised([1, 1], 0.5)).isBitIdentical)
    let other = try TensorDifference(one, quantised([1, 1], 0.25))
    #expect(!other.isBitIdentical && other.maxAbs == 0.25 && other.relativeL2 == 1)
    #expect(try TensorDifference(one, quantised([2, 2], 0.25)).maxAbs == 0)
    func close(_ a: Tensor, _ b: Tensor, _ tolerance: Double) throws -> Bool {
      var (first, second) = (StateDict(), StateDict())
      (first["x"], second["x"]) = (a, b)
      return try StateDictComparison(first, second, tolerance: tolerance).isEqual
    }
    #expect(try !close(one, quantised([1, 1], 0.25), 0.01))
    #expect(try close(one, quantised([1, 1], 0.25), 0.3))
    let scales = try tensor([Float(0.5), 0.25], .float32)
    let zeros = try tensor([Int(0), 0], .int64)
    let channels = try tensor(
      [Int8(1), 1], .qint8, quantizer: .perChannel(scales: scales, zeroPoints: zeros, axis: 0))
    #expect(try TensorDifference(channels, channels).isBitIdentical)
    #expect(try TensorDifference(channels, one).maxAbs == nil)
    #expect(try !close(channels, one, 100))
  }

  @Test func integersBeyondTheFloatsAreExact() throws {
    let large = [1 << 53, 1 << 62]
    let difference = try TensorDifference(
      tensor(large, .int64), tensor([large[0] + 1, large[1] + 3], .int64))
    #expect(difference.maxAbs == 3)
    let extremes = try TensorDifference(
      tensor([Int.max], .int64), tensor([UInt64(Int.max) + 1], .uint64))
    #expect(extremes.maxAbs == 1)
    #expect(
      try TensorDifference(tensor([Int.min], .int64), tensor([Int.max], .int64)).maxAbs == 0x1p64)
  }

  @Test func complexNumbersAreApartByTheirModulus() throws {
    let difference = try TensorDifference(
      tensor([Float(1), 1], .complex64), tensor([Float(4), 5], .complex64))
    #expect(difference.maxAbs == 5)
    #expect(difference.relativeL2 == (25.0 / 41).squareRoot())
  }

  @Test func squaresBeyondTheFloatsDoNotSpoilTheRatio() throws {
    for scale in [1e200, 1e-200, Double.leastNonzeroMagnitude, 1e300] {
      let difference = try TensorDifference(
        tensor([scale, scale], .float64), tensor([2 * scale, 2 * scale], .float64))
      #expect(difference.relativeL2 == 0.5, "\(scale)")
    }
  }

  @Test func theRoundingOfEightBitsIsRounding() throws {
    // 0.3 is 0.3125 in float8_e4m3fn, 100 is 96 or 104.
    let wide = try tensor([Float(0.3), 100], .float32)
    let narrow = try tensor([UInt8(0x2a), 0x6d], .float8_e4m3fn)
    #expect(try TensorDifference(wide, narrow).isRoundingOnly)
    #expect(try !TensorDifference(tensor([Float(0.3), 120], .float32), narrow).isRoundingOnly)
  }

  /// A byte of two numbers is not a number.
  @Test func packedNumbersAreNotDecoded() throws {
    let packed = try tensor([UInt8(1), 2], .float4_e2m1fn_x2)
    let other = try tensor([UInt8(1), 3], .float4_e2m1fn_x2)
    #expect(try TensorDifference(packed, packed).isBitIdentical)
    #expect(try TensorDifference(packed, other).maxAbs == nil)
    #expect(throws: TensorError.self) { try packed.cast(to: .float32) }
    #expect(throws: TensorError.self) { try TensorStatistics(packed) }
    #expect(throws: TensorError.self) { try TensorElements(packed) }
  }
}

import PthBackbones
import PthBytes
import PthKeyMapping
import PthTensors
import Testing

/// Checkpoints onto modules of which nothing is known but their keys.
@Suite struct ModuleMappingTests {
  /// A network of no known family: 4 keys in the body, 2 in the classifier.
  private static let keys = [
    KeyShape("inlet.weight", [8, 3, 3, 3]), KeyShape("inlet.bias", [8]),
    KeyShape("body.0.weight", [8, 8]), KeyShape("body.0.bias", [8]),
    KeyShape("fc.weight", [10, 8]), KeyShape("fc.bias", [10]),
  ]

  private func report(
    _ source: [KeyShape], onto target: [KeyShape] = keys, prefix: String? = nil,
    revisions: [(String, String)] = []
  ) throws -> ModuleReport {
    let options = MappingOptions(
      revisions: try revisions.map { try KeyRevision(pattern: $0.0, replacement: $0.1) },
      prefix: prefix)
    return try ModuleMapping(
      of: StateDict(keys: source), onto: target.map { ModuleEntry($0.key, $0.shape) },
      options: options
    ).report
  }

  @Test func theSameKeys() throws {
    let report = try report(Self.keys)
    #expect(report.verdict == .complete && report.isComplete && report.warnings.isEmpty)
    #expect(report.loaded.map(\.target) == Self.keys.map(\.key))
    #expect(report.loaded.allSatisfy { $0.how == .exact && $0.source == $0.target })
    #expect(report.coverage.ofKeys == 1 && report.coverage.ofElements == 1)
  }

  @Test func otherNamesMayBeAllThatDiffers() throws {
    let renamed = Self.keys.map { KeyShape($0.key.replacing("body", with: "blocks"), $0.shape) }
    let text = try #require(
      try report(renamed).warnings.first { $0.code == .unusedInNetwork }
    ).text
    #expect(text.contains("may compute something else"))
    #expect(text.contains("perhaps the names alone differ"))
    let smaller = try report(renamed.filter { $0.key != "blocks.0.bias" })
    #expect(
      smaller.warnings.first { $0.code == .unusedInNetwork }?.text.contains("perhaps") == false)
  }

  /// Blocks that were compiled one by one, or wrapped, in the file alone or in the module alone.
  @Test func wrappersInsideOfNames() throws {
    let wrapped = Self.keys.map {
      KeyShape($0.key.replacing("body.0.", with: "body.0._orig_mod."), $0.shape)
    }
    let report = try report(wrapped)
    #expect(report.verdict == .complete && report.loaded.count == Self.keys.count)
    let weight = try #require(report.loaded.first { $0.target == "body.0.weight" })
    #expect(weight.source == "body.0._orig_mod.weight" && weight.rule == "wrappers removed")
    #expect(weight.how == .prefix)
    // A module that has the wrappers itself keeps them.
    let same = try self.report(wrapped, onto: wrapped)
    #expect(same.verdict == .complete && same.loaded.allSatisfy { $0.how == .exact })
    let nested = try self.report(wrapped.prefixed("module."))
    #expect(nested.verdict == .complete && nested.sourcePrefix == "module.")
  }

  /// A classifier that was left out while the norm before it stayed.
  @Test func aHeadWithoutItsClassifier() throws {
    let norm = [KeyShape("head.norm.weight", [8]), KeyShape("head.norm.bias", [8])]
    let body = Array(Self.keys.prefix(4)) + norm
    let report = try report(body + [KeyShape("head.fc.weight", [10, 8])], onto: body)
    #expect(report.verdict == .complete)
    #expect(report.unexpected.map(\.why) == ["the module has nothing called head.fc"])
    let inside = try self.report(body + [KeyShape("body.0.fc.weight", [10, 8])], onto: body)
    #expect(inside.verdict == .foreign)
  }

  @Test(arguments: ["module.", "state.backbone.", "a.b.c.d."])
  func aPrefixOnEitherSide(_ prefix: String) throws {
    let other = KeyShape("neck.weight", [3, 3])
    let removed = try report(Self.keys.prefixed(prefix) + [other])
    #expect(removed.verdict == .complete && removed.sourcePrefix == prefix)
    #expect(removed.loaded.allSatisfy { $0.how == .prefix })
    #expect(removed.unexpected.map(\.isInNetwork) == [false])
    let added = try report(Self.keys, onto: Self.keys.prefixed(prefix) + [other])
    #expect(added.verdict == .partial && added.targetPrefix == prefix)
    #expect(added.missing.map(\.target) == ["neck.weight"])
    let both = try report(Self.keys.prefixed("module."), onto: Self.keys.prefixed(prefix))
    #expect(both.verdict == .complete)
    #expect(
      try report(Self.keys.prefixed(prefix), prefix: String(prefix.dropLast())).verdict == .complete
    )
    #expect(try report(Self.keys.prefixed(prefix), prefix: "other").verdict == .nothing)
  }

  /// Whatever is put into the file or taken from it, "complete" is not said unless all is there.
  @Test func everyLostOrAddedTensorShows() throws {
    for index in Self.keys.indices {
      var keys = Self.keys
      keys.remove(at: index)
      let lost = try report(keys)
      #expect(lost.verdict == .partial && lost.missing.map(\.target) == [Self.keys[index].key])
      #expect(lost.coverage.loadedKeys == 5 && lost.warnings.map(\.code) == [.lowCoverage])
      keys = Self.keys
      keys[index] = KeyShape(keys[index].key, keys[index].shape + [1])
      let mismatched = try report(keys)
      #expect(mismatched.verdict == .partial)
      #expect(mismatched.mismatched.map(\.target) == [Self.keys[index].key])
    }
    for key in ["inlet.gate", "body.0.scale", "body.1.weight", "unheard_of.weight"] {
      let foreign = try report(Self.keys + [KeyShape(key, [8, 8])])
      #expect(foreign.verdict == .foreign && foreign.coverage.ofKeys == 1)
      #expect(foreign.warnings.map(\.code) == [.unusedInNetwork])
    }
    let headless = Array(Self.keys.dropLast(2))
    let report = try report(Self.keys, onto: headless)
    #expect(report.verdict == .complete && report.unexpected.count == 2)
  }

  @Test func vectorsAloneAreNothing() throws {
    let vectors = Self.keys.filter { $0.shape.count == 1 }
    let report = try report(vectors)
    #expect(report.verdict == .nothing && report.loaded.count == 3)
    #expect(try self.report([]).verdict == .nothing)
    #expect(try self.report(Self.keys, onto: []).verdict == .nothing)
  }

  /// One layer of something else with a name and a shape that the module has, too.
  @Test func anAccidentIsNoPrefix() throws {
    let other = (0..<20).map { KeyShape("encoder.\($0).weight", [4, 4]) }
    let report = try report(other + [KeyShape("decoder.fc.weight", [10, 8])])
    #expect(report.verdict == .nothing && report.loaded.isEmpty && report.sourcePrefix.isEmpty)
  }

  @Test func severalCopiesAreSaid() throws {
    let report = try report(Self.keys.prefixed("model.") + Self.keys.prefixed("ema."))
    #expect(report.sourcePrefix == "ema." && report.warnings.map(\.code) == [.severalCopies])
  }

  /// Of two keys that a revision gives one name, PyTorch takes the last.
  @Test func theLastOfTwoNamesCounts() throws {
    let report = try report(
      Self.keys + [KeyShape("other.weight", [10, 8])], revisions: [("^other\\.", "fc.")])
    #expect(report.loaded.first { $0.target == "fc.weight" }?.source == "other.weight")
    #expect(report.unexpected.map(\.source) == ["fc.weight"])
    // Also if the last does not fit.
    let misfit = try self.report(
      Self.keys + [KeyShape("other.weight", [9, 8])], revisions: [("^other\\.", "fc.")])
    #expect(misfit.mismatched.map(\.source) == ["other.weight"])
  }

  @Test func typesThatLoseWhatTheySayAreMismatched() throws {
    func verdict(_ source: DType, _ target: DType) throws -> MappingVerdict {
      try ModuleMapping(
        of: StateDict(keys: [KeyShape("w", [2, 2]), KeyShape("v", [2, 2])], dtype: source),
        onto: [ModuleEntry("w", [2, 2], target)]
      ).report.verdict
    }
    for (source, target) in [
      (DType.float16, DType.float32), (.float64, .bfloat16), (.int32, .int64), (.bool, .bool),
      (.float32, .complex64), (.complex64, .complex128),
    ] {
      #expect(try verdict(source, target) == .foreign, "\(source) to \(target)")
    }
    for (source, target) in [
      (DType.float32, DType.int64), (.int8, .float32), (.complex64, .float32), (.qint8, .float32),
      (.float32, .bool),
    ] {
      #expect(try verdict(source, target) == .nothing, "\(source) to \(target)")
    }
  }

  @Test func oneTensorUnderTwoNames() throws {
    let target = [
      ModuleEntry("embedding.weight", [10, 4]), ModuleEntry("head.weight", [10, 4], twin: 0),
    ]
    for key in ["embedding.weight", "head.weight"] {
      let mapping = try ModuleMapping(of: StateDict(keys: [KeyShape(key, [10, 4])]), onto: target)
      #expect(mapping.report.verdict == .complete)
      #expect(mapping.sources == [key, key])
    }
    let wild = [ModuleEntry("w", [2, 2], twin: 7), ModuleEntry("v", [2, 2], twin: -1)]
    let mapping = try ModuleMapping(of: StateDict(keys: [KeyShape("w", [2, 2])]), onto: wild)
    #expect(mapping.report.missing.map(\.target) == ["v"])
  }

  @Test func countersFollowTheFilesVersion() throws {
    let keys = [KeyShape("bn.weight", [8]), KeyShape("conv.weight", [8, 8])]
    let target = [
      ModuleEntry("bn.weight", [8]), ModuleEntry("bn.num_batches_tracked", [], .int64),
      ModuleEntry("conv.weight", [8, 8]),
    ]
    for (versions, isFilled) in [
      (nil, true), (["bn": 1], true), ([:], true), (["bn": 2], false),
    ] as [([String: Int]?, Bool)] {
      var state = try StateDict(keys: keys.prefixed("module."))
      state.moduleVersions = versions.map { versions in
        Dictionary(uniqueKeysWithValues: versions.map { ("module." + $0.key, $0.value) })
      }
      let report = try ModuleMapping(of: state, onto: target).report
      #expect(report.filled.map(\.target) == (isFilled ? ["bn.num_batches_tracked"] : []))
      #expect(report.verdict == (isFilled ? .complete : .partial))
      #expect(report.coverage.keys == (isFilled ? 2 : 3))
    }
  }

  @Test func absurdShapesDoNotOverflow() throws {
    let target = [ModuleEntry("w", [.max, .max]), ModuleEntry("v", [.max, 2])]
    let report = try ModuleMapping(of: StateDict(keys: Self.keys), onto: target).report
    #expect(report.missing.count == 2 && report.verdict == .nothing)
  }

  /// One tensor `w` of a type with these values, onto one of another type.
  private func mapping(
    _ values: [Double], _ source: DType, onto target: DType
  ) throws -> (report: ModuleReport, warnings: [LoadWarning.Code]) {
    let shape = [values.count]
    var bytes: [UInt8] = []
    for value in values {
      switch source {
      case .float32: withUnsafeBytes(of: Float(value)) { bytes += $0 }
      case .int64: withUnsafeBytes(of: Int64(value)) { bytes += $0 }
      default: bytes.append(UInt8(value))
      }
    }
    var state = StateDict()
    state["w"] = try Tensor(
      storage: TensorStorage(key: "w", bytes: Bytes(bytes)), dtype: source, shape: shape)
    let entries = [ModuleEntry("w", shape, target)]
    let mapping = try ModuleMapping(of: state, onto: entries)
    let warnings = try mapping.valueWarnings(in: state, onto: entries, elementLimit: 1000)
    return (mapping.report, warnings.map(\.code))
  }

  /// What a narrower type cannot hold is told, also where the names and shapes are complete.
  @Test func valuesThatTheTargetsTypeCannotHold() throws {
    #expect(try mapping([1, 65504], .float32, onto: .float16).warnings == [])
    #expect(try mapping([1, 1e6], .float32, onto: .float16).warnings == [.outOfRange])
    #expect(try mapping([1, 1e6], .float32, onto: .bfloat16).warnings == [])
    #expect(try mapping([1e-9, -1e-9], .float32, onto: .float16).warnings == [.outOfRange])
    #expect(try mapping([0, 0], .float32, onto: .float16).warnings == [])
    #expect(try mapping([-500, 3], .float32, onto: .float8_e4m3fn).warnings == [.outOfRange])
    #expect(try mapping([100, 1500], .int64, onto: .int8).warnings == [.outOfRange])
    #expect(try mapping([1e-4, 0], .float32, onto: .float8_e4m3fn).warnings == [.outOfRange])
    #expect(try mapping([1e-2, 0], .float32, onto: .float8_e4m3fn).warnings == [])
    #expect(try mapping([100, -128], .int64, onto: .int8).warnings == [])
    #expect(try mapping([.infinity, 1], .float32, onto: .float16).warnings == [.notFinite])
  }

  @Test func integersAreNoWeights() throws {
    let report = try mapping([1, 2], .int64, onto: .float32).report
    #expect(report.mismatched.first?.hint.hasPrefix("int64 is not taken for float32") == true)
    #expect(try mapping([1, 0], .bool, onto: .float32).report.verdict != .nothing)
  }

  /// PyTorch compares code points; Swift's strings are equal if they are canonically equivalent.
  @Test(arguments: [("e\u{301}", "\u{e9}"), ("\u{212a}ernel", "Kernel")])
  func namesAreComparedByCodePoints(_ one: String, _ other: String) throws {
    #expect(one == other)
    let report = try report(
      [KeyShape(one, [2, 2]), KeyShape("w", [2])],
      onto: [KeyShape(other, [2, 2]), KeyShape("w", [2])])
    #expect(report.verdict != .complete && report.missing.map(\.target) == [other])
    var state = StateDict()
    state[one] = try Tensor(
      storage: TensorStorage(key: "w", bytes: Bytes([1])), dtype: .uint8, shape: [])
    #expect(state[other] == nil && state[one] != nil)
  }

  /// load_state_dict refuses the tensor under the other name of a tied parameter, too, if its shape differs.
  @Test func aTiedNameThatDoesNotFitIsAMismatch() throws {
    let entries = [
      ModuleEntry("embedding.weight", [10, 4]), ModuleEntry("head.weight", [10, 4], twin: 0),
    ]
    let keys = [KeyShape("embedding.weight", [10, 4]), KeyShape("head.weight", [12, 4])]
    for keys in [keys, Array(keys.reversed())] {
      let report = try ModuleMapping(of: StateDict(keys: keys), onto: entries).report
      #expect(report.verdict == .partial && report.loaded.map(\.target) == ["embedding.weight"])
      #expect(report.mismatched.map(\.target) == ["head.weight"])
    }
  }

  /// PyTorch before 0.4 wrote a scalar as one element in one dimension.
  @Test func aScalarOfOneElement() throws {
    let report = try report([KeyShape("scale", [1])], onto: [KeyShape("scale", [])])
    #expect(report.mismatched.isEmpty && report.loaded.count == 1)
    #expect(try self.report([KeyShape("scale", [])], onto: [KeyShape("scale", [1])]).loaded == [])
  }
}

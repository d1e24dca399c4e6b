import OrderedCollections
import PthConvKit
import Testing

/// What is left out of a request is taken from the state dict that is meant.
@Suite struct RequestTests {
  private func weights(_ name: String) throws -> StateDict {
    var generator = Generator(seed: 0)
    return try InitializationPlan(for: BackboneRegistry.standard.makeGraph(name))
      .run(with: &generator)
  }

  private func renamed(_ state: StateDict, _ name: (Int, String) -> String) -> StateDict {
    var renamed = StateDict()
    for (index, entry) in state.tensors.enumerated() {
      renamed.tensors[name(index, entry.key)] = entry.value
    }
    return renamed
  }

  @Test func revisionsComeBeforeDetection() throws {
    let state = renamed(try weights("resnet18")) { "enc/" + $1 }
    let options = MappingOptions(revisions: [try KeyRevision(parsing: "^enc/=")])
    let mapping = try BackboneRequest("ResNet").mapping(of: state, options: options)
    #expect(mapping.report.isComplete)
    #expect(mapping.target.arguments["depth"] == 18)
  }

  @Test(arguments: [("student", 18), ("teacher", 34)])
  func thePrefixChoosesWhatIsDetected(_ prefix: String, _ depth: Int) throws {
    var state = renamed(try weights("resnet18")) { "student." + $1 }
    for (key, tensor) in try weights("resnet34").tensors {
      state.tensors["teacher.\(key)"] = tensor
    }
    let mapping = try BackboneRequest("ResNet")
      .mapping(of: state, options: MappingOptions(prefix: prefix))
    #expect(mapping.report.missing.isEmpty && mapping.report.mismatched.isEmpty)
    #expect(mapping.target.arguments["depth"] == .integer(depth))
  }

  /// With names gone, the published networks are tried.
  @Test(arguments: [("resnet18", 18), ("resnet34", 34)])
  func orderTellsTheDepth(_ name: String, _ depth: Int) throws {
    let state = renamed(try weights(name)) { index, _ in "p\(index)" }
    let mapping = try BackboneRequest("ResNet").mapping(of: state)
    #expect(mapping.report.isComplete)
    #expect(mapping.report.loaded.allSatisfy { $0.how == .alignment })
    #expect(mapping.target.arguments["depth"] == .integer(depth))
    // What is said is kept, though nothing fits then.
    let asked = try BackboneRequest.resnet(depth: 50).mapping(of: state)
    #expect(asked.target.arguments["depth"] == 50)
  }

  @Test func severalNetworksInOneOrderAreNamedAndRefused() throws {
    var state = renamed(try weights("resnet18")) { index, _ in "p\(index)" }
    for (index, tensor) in try weights("resnet34").tensors.values.enumerated() {
      state.tensors["q\(index)"] = tensor
    }
    let mapping = try BackboneRequest("ResNet").mapping(of: state)
    #expect(mapping.report.loaded.isEmpty)
    let warning = try #require(
      mapping.report.warnings.first { $0.code == .alignmentAmbiguous })
    #expect(warning.text.contains("resnet18") && warning.text.contains("resnet34"))
  }
}

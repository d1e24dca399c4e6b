import Foundation
import PthConvKit
import TestSupport
import Testing

/// Files that hold an average beside the weights.
@Suite struct SeveralStateDictsTests {
  private func warning(_ name: String, key: String? = nil) throws -> LoadWarning? {
    let path = Fixtures.path("keymapping/averages-\(name).pth")
    return LoadWarning.severalStateDicts(in: try Checkpoint.open(path, key: key))
  }

  @Test(arguments: [
    (
      "timm",
      "the file holds 2 state dicts: 'state_dict' (18 tensors) is used, not 'state_dict_ema' "
        + "(18 tensors); timm takes 'state_dict_ema', mmengine takes 'state_dict'; "
        + "choose with a key"
    ),
    (
      "torchvision",
      "the file holds 2 state dicts: 'model' (18 tensors) is used, not 'model_ema' (19 tensors); "
        + "timm takes 'model_ema'; choose with a key"
    ),
    (
      "mmengine",
      "the file holds 2 state dicts: 'state_dict' (18 tensors) is used, not 'ema_state_dict' "
        + "(19 tensors); timm takes 'state_dict', mmengine takes 'state_dict'; mmengine's EMAHook "
        + "swaps both before it saves, so 'state_dict' holds the averages; choose with a key"
    ),
  ])
  func theOtherIsNamed(_ name: String, _ text: String) throws {
    let warning = try #require(try warning(name))
    #expect(warning.code == .severalStateDicts)
    #expect(warning.text == text)
  }

  @Test func theOneThatIsUsedIsTheOneThatWasAskedFor() throws {
    let text = try #require(try warning("timm", key: "state_dict_ema")).text
    #expect(text.contains("'state_dict_ema' (18 tensors) is used, not 'state_dict' (18 tensors)"))
  }

  /// An optimizer's moments are as many as the parameters, and no network.
  @Test func anOptimizerIsNone() throws {
    #expect(try warning("none") == nil)
  }
}

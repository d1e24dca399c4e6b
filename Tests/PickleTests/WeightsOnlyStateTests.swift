import Foundation
import PthBytes
import Testing

@testable import PthPickle

/// Which states `torch.load(weights_only=True)` takes for the results of the calls on its list. The table holds the
/// answers of PyTorch 2.15, one letter for each state: A(ccepted) or R(efused).
@Suite struct WeightsOnlyStateTests {
  private static func text(_ text: String) -> String {
    "X" + String(UnicodeScalar(UInt8(text.utf8.count))) + "\0\0\0" + text
  }

  private static let dict = "ccollections\nOrderedDict\n)R"
  private static let storage =
    "(" + text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu") + "K\u{2}tQ"
  private static let tensor =
    "ctorch._utils\n_rebuild_tensor_v2\n(\(storage)K\0K\u{2}\u{85}K\u{1}\u{85}\u{89}\(dict)t"

  private static let states = [
    "", "\u{88}\u{89}\(dict)\u{87}", "\u{88}NN\u{87}", "K\u{1}K\u{2}K\u{3}\u{87}",
    "(\(tensor)RNN\u{88}\(dict)t", "N", "}", "}\(text("x"))K\u{1}s", ")", "K\u{1}\u{85}",
    "}}\u{86}", "}\(text("x"))K\u{1}s}\u{86}", "}}\(text("x"))K\u{1}s\u{86}",
    "N}\(text("x"))K\u{1}s\u{86}", "]", "(\(storage)K\0K\u{2}\u{85}K\u{1}\u{85}t", "K\u{1}",
    "\u{89}", text("ab"), "\(dict)\(text("x"))K\u{1}s", "]\(text("x"))K\u{1}\u{86}a",
    "}K\u{2}K\u{1}s",
  ]

  private static let answers: [(call: String, letters: String)] = [
    ("\(dict)", "ARRRRRAAARRRRRARRRRAAA"),
    ("ccollections\nCounter\n)R", "ARRRRAAAARAAAAARRARAAA"),
    ("ctorch\nSize\n)\u{85}R", "ARRRRAARARARRRARRARRRR"),
    ("c__builtin__\ncomplex\nG?\u{f0}\0\0\0\0\0\0\u{85}R", "ARRRRAARARARRRARRARRRR"),
    ("c__builtin__\nset\n]\u{85}R", "ARRRRAARARARRRARRARRRR"),
    ("c__builtin__\nbytearray\n)R", "ARRRRAARARARRRARRARRRR"),
    ("ctorch\ndevice\n\(text("cpu"))\u{85}R", "ARRRRAARARARRRARRARRRR"),
    (
      "c_codecs\nencode\n\(text("a"))\(text("latin1"))\u{86}R",
      "ARRRRRRRRRRRRRRRRRRRRR"
    ),
    (
      "ctorch.serialization\n_get_layout\n\(text("torch.strided"))\u{85}R",
      "ARRRRRRRRRRRRRRRRRRRRR"
    ),
    ("\(tensor)R", "ARRRRRARARRRRRAARRRRRR"),
    ("ctorch.nn.parameter\nParameter\n\(tensor)R\u{85}R", "AAARARRRRRRRRRRRRRRRRR"),
    (
      "ctorch._utils\n_rebuild_parameter\n(\(tensor)R\u{89}\(dict)tR",
      "AAARARRRRRRRRRRARRRRRR"
    ),
    ("ctorch\nTensor\n)R", "ARRRRRARARRRRRAARRRRRR"),
    ("ctorch\nFloatTensor\n)R", "ARRRRRARARRRRRAARRRRRR"),
    ("ctorch\nFloatTensor\n)\u{81}", "ARRRRRARARRRRRAARRRRRR"),
    ("ctorch\nTensor\n)\u{81}", "ARRRRRARARRRRRAARRRRRR"),
    ("ctorch\nSize\n)\u{81}", "ARRRRAARARARRRARRARRRR"),
    ("ccollections\nOrderedDict\n)\u{81}", "ARRRRRAAARRRRRARRRRAAA"),
    ("ccollections\nCounter\n)\u{81}", "ARRRRAAAARAAAAARRARAAA"),
    ("c__builtin__\nset\n)\u{81}", "ARRRRAARARARRRARRARRRR"),
    (
      "ctorch.nn.parameter\nParameter\n\(tensor)R\u{85}\u{81}",
      "AAARARRRRRRRRRRRRRRRRR"
    ),
    ("ctorch.storage\nUntypedStorage\nK\u{2}\u{85}R", "ARRRRAAAARAAAAARRARAAA"),
    ("ctorch.storage\nUntypedStorage\nK\u{2}\u{85}\u{81}", "ARRRRAAAARAAAAARRARAAA"),
    (
      "ctorch._utils\n_rebuild_meta_tensor_no_storage\n(ctorch\nfloat32\nK\u{2}\u{85}K\u{1}\u{85}\u{89}tR",
      "ARRRRRARARRRRRARRRRRRR"
    ),
    ("ctorch\ndevice\n\(text("cpu"))\u{85}\u{81}", "ARRRRAARARARRRARRARRRR"),
    (
      "ctorch.nn.parameter\nParameter\n\(tensor)R\u{89}\u{86}R",
      "AAARARRRRRRRRRRARRRRRR"
    ),
    (
      "ctorch._utils\n_rebuild_parameter\n(\(tensor)R\u{88}\(dict)tR",
      "AAARARRRRRRRRRRRRRRRRR"
    ),
    ("ctorch.storage\nTypedStorage\n)R", "ARRRRAAAARAAAAARRARAAA"),
    ("ctorch.storage\nTypedStorage\n)\u{81}", "ARRRRAAAARAAAAARRARAAA"),
  ]

  @Test func statesAreTakenAsByPyTorch() throws {
    for (call, letters) in Self.answers {
      for (state, letter) in zip(Self.states, letters) {
        let pickle =
          "\u{80}\u{2}}\(Self.text("c"))\(call)\(state)\(state.isEmpty ? "" : "b")s."
        let bytes = pickle.unicodeScalars.map { UInt8($0.value) }
        let document = try PickleDocument(parsing: Bytes(bytes))
        let isAccepted = WeightsOnlyCheck.obstacle(in: document) == nil
        #expect(
          isAccepted == (letter == "A"), "\(call.debugDescription), \(state.debugDescription)")
      }
    }
  }
}

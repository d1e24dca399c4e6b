/// What a truth file of `Fixtures/hostile` records.
struct HostileTruth: Decodable {
  let scan: String?
  let inspect_exit: Int32?
  let errors_contain: String?
  let why: String
}

/// What `Fixtures/tensor_text.json` records.
struct TensorTextTruth: Decodable {
  struct Statistics: Decodable {
    let min: Double?
    let max: Double?
    let mean: Double?
    let std: Double?
    let nan: Int
    let inf: Int
  }
  struct Entry: Decodable {
    let name: String
    let text: String
    let stats: Statistics?
  }
  let tensors: [Entry]
}

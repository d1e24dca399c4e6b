/// `inspect --json`, as `docs/json.md` describes it: decoding is the test of names and types.
struct InspectOutput: Decodable {
  struct Candidate: Decodable {
    let key: String
    let tensors: Int
  }
  struct Tensor: Decodable {
    let name: String
    let dtype: String
    let shape: [Int]
    let stride: [Int]
    let storage_offset: Int
    let storage: String
    let byte_offset: Int?
    let nbytes: Int
    let shard: String?
    let device: String?
    let stats: TensorTextTruth.Statistics?
  }
  struct Checksum: Decodable {
    let sha256: String
    let hub_hash: String?
    let hub_matches: Bool?
    let entries: Int?
    let crc_mismatches: [String]
  }
  let file: String
  let bytes: Int
  let format: String
  let era: String
  let byte_order: String
  let state_dict_key: String
  let candidates: [Candidate]
  let tensors: [Tensor]
  let shared: [[String]]
  let parameters: Int
  let tensor_bytes: Int
  let globals: [AuditedGlobal]
  let safety: String
  let weights_only: WeightsOnly?
  let checksum: Checksum?
}

struct AuditedGlobal: Decodable {
  let module: String
  let name: String
  let verdict: String
  let reason: String?
}

struct WeightsOnly: Decodable {
  let accepted: Bool
  let reason: String?
}

/// An item of `inspect --json` or `scan --json` for a file that could not be read.
struct ErrorOutput: Decodable {
  let file: String
  let error: String
}

/// `scan --json`, for a file that could be judged.
struct ScanOutput: Decodable {
  struct Finding: Decodable {
    let verdict: String
    let part: String?
    let text: String
  }
  let file: String
  let safety: String
  let globals: [AuditedGlobal]
  let findings: [Finding]
  let warnings: [String]
  let weights_only: WeightsOnly?
}

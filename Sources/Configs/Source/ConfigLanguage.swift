/// The languages of configurations, by the endings that mmengine reads.
enum ConfigLanguage: String {
  case python = ".py"
  case yaml = ".yaml"
  case shortYAML = ".yml"
  case json = ".json"
}

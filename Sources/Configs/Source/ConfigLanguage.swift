/// The languages of configurations, by file extension.
enum ConfigLanguage: String {
  case python = ".py"
  case yaml = ".yaml"
  case shortYAML = ".yml"
  case json = ".json"
}

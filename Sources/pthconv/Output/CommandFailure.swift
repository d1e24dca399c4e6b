import ArgumentParser
import PthConvKit

/// Turns an error of a command into a sentence on standard error and an exit code.
enum CommandFailure {
  static func reporting(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as ExitCode {
      throw error
    } catch let error as BackboneError {
      Terminal.report(error)
      throw ExitCode(64)
    } catch let error as KeyMappingError {
      Terminal.report(error)
      throw ExitCode(64)
    } catch let error as ValidationError {
      throw error
    } catch let error as WriteError {
      Terminal.report("\(error)\(error.remedy?.options ?? "")")
      throw ExitCode.cannotRead
    } catch {
      Terminal.report("\(error)")
      throw ExitCode.cannotRead
    }
  }
}

extension WriteError.Remedy {
  /// The options of the program that carry the remedy out.
  fileprivate var options: String {
    switch self {
    case .replacing: "; --force replaces it"
    case .otherTensors: ", with --dtype or --drop"
    case .fewerTensors: ", with --drop"
    }
  }
}

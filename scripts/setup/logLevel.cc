// TensorFlow greets on stderr in a static initialiser, before anybody can set its level. This small library is a
// dependency of the binding without dependencies of its own, named last: the loader initialises it first. It sets the
// level from the variable that TensorFlow reads later (0 everything ... 3 errors only).
#include <cstdlib>

namespace absl::lts_20250814 {  // the release inside libtensorflow 2.21
enum class LogSeverityAtLeast : int;
// weak: without it (another release) the greeting stays and nothing else changes
__attribute__((weak)) void SetMinLogLevel(LogSeverityAtLeast level);
}  // namespace absl::lts_20250814

static const bool level_is_set = [] {
  using namespace absl::lts_20250814;
  const char* wanted = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  const int level = wanted == nullptr ? 2 : std::atoi(wanted);
  if (SetMinLogLevel != nullptr) SetMinLogLevel(static_cast<LogSeverityAtLeast>(level));
  return true;
}();

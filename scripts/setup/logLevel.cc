// TensorFlow greets on stderr before anybody can set its level. This object is linked into the binding and sets the
// level when the library is loaded, from the same variable that TensorFlow reads later (0 everything ... 3 errors only).
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

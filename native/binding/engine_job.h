// One job of the engine as JavaScript holds it. Lives on the JavaScript thread; the job's threads only post to it.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>
#include <vector>

#include "../engine/job.h"
#include "../engine/restore_task.h"
#include "async.h"

namespace sqlvdi::binding {

// A running job keeps itself alive, whether or not JavaScript still holds the object; the environment's end stops it.
class EngineJob : public std::enable_shared_from_this<EngineJob> {
 public:
  // Throws a JavaScript error where the job cannot be started. The object is a NativeJob.
  static Napi::Object startBackup(Napi::Env env, engine::SetOptions set, const engine::BackupOptions& options);
  static Napi::Object startRestore(Napi::Env env, engine::SetOptions set);

 private:
  using Headers = std::vector<engine::StripeHeader>;

  EngineJob(std::size_t devices, bool isRestore) : devices_(devices), isRestore_(isRestore) {}
  Napi::Object start(Napi::Env env, engine::SetOptions set, std::unique_ptr<engine::Task> task);
  Napi::Object object(Napi::Env env);

  Napi::Value headers(const Napi::CallbackInfo& info);
  Napi::Value proceed(const Napi::CallbackInfo& info);
  Napi::Value done(const Napi::CallbackInfo& info);
  Napi::Value cancel(const Napi::CallbackInfo& info);
  Napi::Value progress(const Napi::CallbackInfo& info);

  void headersRead(Headers headers);
  void finished(engine::Result result);
  // Ends the job where it has not ended, and waits for its threads.
  void stop();
  void settle();

  const std::size_t devices_;
  const bool isRestore_;
  std::unique_ptr<engine::Job> job_;               // null once it has ended
  engine::RestoreTask* restore_ = nullptr;         // the job's
  std::optional<std::optional<Headers>> headers_;  // without headers: the job ended before them, or is a backup
  std::optional<engine::Result> result_;
  engine::Progress last_{};
  std::vector<Deferred> headersWaiters_;
  std::vector<Deferred> doneWaiters_;
  Environment::Registration atEnd_;
};

}  // namespace sqlvdi::binding

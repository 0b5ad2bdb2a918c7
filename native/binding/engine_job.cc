// NativeJob: a job of the engine for JavaScript.
#include "engine_job.h"

#include <utility>

#include "../engine/backup_task.h"
#include "engine_options.h"
#include "engine_results.h"
#include "object.h"

namespace sqlvdi::binding {

Napi::Object EngineJob::startBackup(Napi::Env env, engine::SetOptions set, const engine::BackupOptions& options) {
  const std::shared_ptr<EngineJob> self(new EngineJob(set.deviceNames.size(), false));
  self->headers_.emplace(std::nullopt);
  auto task = engine::makeBackupTask(options, set.deviceNames.size(), set.blockSize);
  return self->start(env, std::move(set), std::move(task));
}

Napi::Object EngineJob::startRestore(Napi::Env env, engine::SetOptions set) {
  const std::shared_ptr<EngineJob> self(new EngineJob(set.deviceNames.size(), true));
  // Weak: the job owns the callback, and this owns the job.
  const auto ready = [weak = std::weak_ptr(self), queue = Environment::of(env).queue()](const Headers& headers) {
    queue->post([weak, headers](Napi::Env) {
      if (const auto job = weak.lock()) job->headersRead(headers);
    });
  };
  auto task = std::make_unique<engine::RestoreTask>(set.deviceNames.size(), ready);
  self->restore_ = task.get();
  return self->start(env, std::move(set), std::move(task));
}

Napi::Object EngineJob::start(Napi::Env env, engine::SetOptions set, std::unique_ptr<engine::Task> task) {
  Environment& environment = Environment::of(env);
  Napi::Object result = object(env);
  job_ = std::make_unique<engine::Job>(std::move(set), std::move(task));
  job_->start([weak = weak_from_this(), queue = environment.queue()](const engine::Result& ended) {
    queue->post([weak, ended](Napi::Env) {
      if (const auto job = weak.lock()) job->finished(ended);
    });
  });
  atEnd_ = environment.onEnd([self = shared_from_this()] { self->stop(); });
  return result;
}

Napi::Object EngineJob::object(Napi::Env env) {
  auto object = Napi::Object::New(env);
  const auto add = [&](const char* name, Napi::Value (EngineJob::*call)(const Napi::CallbackInfo&)) {
    method(object, name,
           [self = shared_from_this(), call](const Napi::CallbackInfo& info) { return (self.get()->*call)(info); });
  };
  add("headers", &EngineJob::headers);
  add("proceed", &EngineJob::proceed);
  add("done", &EngineJob::done);
  add("cancel", &EngineJob::cancel);
  add("progress", &EngineJob::progress);
  return object;
}

Napi::Value EngineJob::headers(const Napi::CallbackInfo& info) {
  const Deferred deferred = Deferred::create(info.Env());
  const Napi::Promise promise = deferred.promise();
  headersWaiters_.push_back(deferred);
  settle();
  return promise;
}

Napi::Value EngineJob::done(const Napi::CallbackInfo& info) {
  const Deferred deferred = Deferred::create(info.Env());
  const Napi::Promise promise = deferred.promise();
  doneWaiters_.push_back(deferred);
  settle();
  return promise;
}

Napi::Value EngineJob::proceed(const Napi::CallbackInfo& info) {
  if (!isRestore_) throw Napi::Error::New(info.Env(), "Only a restore proceeds");
  engine::RestoreTarget target = restoreTargetFrom(info[0], devices_);
  if (restore_) restore_->proceed(std::move(target));
  return info.Env().Undefined();
}

Napi::Value EngineJob::cancel(const Napi::CallbackInfo& info) {
  if (job_) job_->cancel();
  return info.Env().Undefined();
}

Napi::Value EngineJob::progress(const Napi::CallbackInfo& info) {
  return toJs(info.Env(), job_ ? job_->progress() : last_);
}

void EngineJob::headersRead(Headers headers) {
  if (!headers_) headers_ = std::move(headers);
  settle();
}

void EngineJob::finished(engine::Result result) {
  stop();
  if (!headers_) headers_.emplace(std::nullopt);
  result_ = std::move(result);
  settle();
}

void EngineJob::stop() {
  if (job_) last_ = job_->progress();
  restore_ = nullptr;
  job_.reset();
  atEnd_.reset();
}

void EngineJob::settle() {
  if (headers_) {
    for (const Deferred& deferred : std::exchange(headersWaiters_, {})) {
      deferred.resolve([headers = *headers_](Napi::Env env) -> Napi::Value {
        return headers ? Napi::Value(toJs(env, *headers)) : env.Null();
      });
    }
  }
  if (result_) {
    for (const Deferred& deferred : std::exchange(doneWaiters_, {})) {
      deferred.resolve([result = *result_](Napi::Env env) -> Napi::Value { return toJs(env, result); });
    }
  }
}

}  // namespace sqlvdi::binding

// Making views, detaching them, and noticing those that were moved away.
#include "views.h"

#include <algorithm>
#include <cstring>
#include <future>

#include "../pump/census.h"

namespace sqlvdi::binding {

Napi::Value Views::show(Napi::Env env, const void* device, std::uint32_t id, std::uint8_t* memory, std::uint32_t size) {
  auto lease = std::make_shared<Lease>(Lease{queue_, nullptr});
  auto hint = std::make_unique<std::shared_ptr<Lease>>(lease);
  const auto finalize = [](napi_env, void*, void* given) {
    const std::unique_ptr<std::shared_ptr<Lease>> last(static_cast<std::shared_ptr<Lease>*>(given));
    letGo(**last);
  };
  napi_value buffer = nullptr;
  void* data = memory;
  const napi_status status = napi_create_external_buffer(env, size, memory, finalize, hint.get(), &buffer);
  if (status == napi_ok) {
    static_cast<void>(hint.release());  // the buffer's finalizer owns it now
  } else if (status == napi_no_external_buffers_allowed) {
    lease.reset();
    NAPI_THROW_IF_FAILED(env, napi_create_buffer_copy(env, size, memory, &data, &buffer), Napi::Value());
  } else {
    throw Napi::Error::New(env);
  }
  napi_value arrayBuffer = nullptr;
  napi_ref reference = nullptr;
  NAPI_THROW_IF_FAILED(env, napi_get_typedarray_info(env, buffer, nullptr, nullptr, nullptr, &arrayBuffer, nullptr),
                       Napi::Value());
  NAPI_THROW_IF_FAILED(env, napi_create_reference(env, arrayBuffer, 1, &reference), Napi::Value());
  views_[{device, id}] = View{reference, memory, size, static_cast<std::uint8_t*>(data), std::move(lease)};
  ++pump::census.views;
  return Napi::Value(env, buffer);
}

Napi::Value Views::showMapped(Napi::Env env, std::uint8_t* memory, std::uint32_t size) {
  return show(env, nullptr, nextMapped_++, memory, size);
}

Views::Taken Views::take(Napi::Env env, const void* device, std::uint32_t id, std::uint32_t copyBack) {
  const auto node = views_.extract({device, id});
  // A command without a buffer.
  if (!node) return Taken::Detached;
  return end(env, node.mapped(), copyBack);
}

std::uint8_t* Views::memoryBehind(const void* data) const {
  for (const auto& [key, view] : views_) {
    if (key.first != nullptr && view.data == data) return view.memory;
  }
  return nullptr;
}

void Views::findMoved(Napi::Env env) {
  const Napi::HandleScope scope(env);
  for (auto entry = views_.begin(); entry != views_.end();) {
    const auto next = std::next(entry);
    napi_value arrayBuffer = nullptr;
    if (isMoved(env, entry->second, arrayBuffer)) end(env, views_.extract(entry).mapped(), 0);
    entry = next;
  }
}

void Views::forget(Napi::Env env) {
  for (const auto& [key, view] : std::exchange(views_, {})) {
    napi_delete_reference(env, view.arrayBuffer);
    --pump::census.views;
  }
}

pump::ViewOwner::Answer Views::detachAll() {
  auto done = std::make_shared<std::promise<void>>();
  auto detached = done->get_future();
  const bool posted = queue_->post([self = shared_from_this(), done](Napi::Env env) {
    for (const auto& [key, view] : std::exchange(self->views_, {})) self->end(env, view, 0);
    done->set_value();
  });
  done.reset();
  try {
    if (!posted) return Answer::Ending;
    detached.get();
  } catch (const std::future_error&) {
    // The task was dropped.
    return Answer::Ending;
  }
  return anyEscaped() ? Answer::SomeEscaped : Answer::Detached;
}

void Views::whenEscapedAreGone(std::function<void()> release) {
  std::shared_ptr<Escapes> past;
  {
    const std::lock_guard lock(mutex_);
    past = std::exchange(escapes_, std::make_shared<Escapes>());
  }
  {
    const std::lock_guard lock(past->mutex);
    if (past->count > 0) {
      past->release = std::move(release);
      return;
    }
  }
  release();
}

bool Views::anyEscaped() const {
  const auto current = escapes();
  const std::lock_guard lock(current->mutex);
  return current->count > 0;
}

void Views::letGo(const Lease& lease) {
  // At the environment's end Node says this of every Buffer, also of those that live on in another environment.
  if (!lease.escapes || lease.queue->ended()) return;
  --pump::census.views;
  std::function<void()> release;
  {
    const std::lock_guard lock(lease.escapes->mutex);
    if (--lease.escapes->count > 0) return;
    release.swap(lease.escapes->release);
  }
  if (release) release();
}

Views::Taken Views::end(Napi::Env env, const View& view, std::uint32_t copyBack) {
  napi_value arrayBuffer = nullptr;
  const bool moved = isMoved(env, view, arrayBuffer);
  if (moved) {
    escaped(view);
  } else {
    if (view.data != view.memory) std::memcpy(view.memory, view.data, std::min(copyBack, view.size));
    napi_detach_arraybuffer(env, arrayBuffer);
  }
  napi_delete_reference(env, view.arrayBuffer);
  if (!moved || !view.lease) --pump::census.views;
  return moved ? Taken::Moved : Taken::Detached;
}

bool Views::isMoved(Napi::Env env, const View& view, napi_value& arrayBuffer) const {
  bool detached = false;
  napi_get_reference_value(env, view.arrayBuffer, &arrayBuffer);
  napi_is_detached_arraybuffer(env, arrayBuffer, &detached);
  return detached;
}

void Views::escaped(const View& view) {
  if (!view.lease) return;
  view.lease->escapes = escapes();
  const std::lock_guard lock(view.lease->escapes->mutex);
  ++view.lease->escapes->count;
}

std::shared_ptr<Views::Escapes> Views::escapes() const {
  const std::lock_guard lock(mutex_);
  return escapes_;
}

}  // namespace sqlvdi::binding

// The Buffers that show a set's shared memory to JavaScript, and their end.
//
// A view lives from the delivery of its command until that command is completed, or until the set is closed; then it is
// detached, so that JavaScript can never reach memory that is no longer its own. Node keeps such Buffers from being
// transferred by postMessage and structuredClone (from version 22 on), but not by ArrayBuffer.prototype.transfer() and
// byte streams. A view that has been moved away cannot be detached any more: its command is answered with an error, and
// the memory under it stays mapped until the runtime says that the new owner is gone (see pump::ViewOwner). The one
// move that nobody can notice: on to another worker, by one that is terminated before it completes the command.
#pragma once

#include <napi.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "../pump/client_set.h"
#include "async.h"

namespace sqlvdi::binding {

class Views final : public pump::ViewOwner, public std::enable_shared_from_this<Views> {
 public:
  enum class Taken { Detached, Moved };

  explicit Views(std::shared_ptr<JsQueue> queue) : queue_(std::move(queue)) {}

  // All of these on the JavaScript thread. A view is known by the device and the command's id; device nullptr: mapped.
  Napi::Value show(Napi::Env env, const void* device, std::uint32_t id, std::uint8_t* memory, std::uint32_t size);
  Napi::Value showMapped(Napi::Env env, std::uint8_t* memory, std::uint32_t size);
  // Ends a view. copyBack: how much of it the server is to see, where the Buffer is a copy.
  Taken take(Napi::Env env, const void* device, std::uint32_t id, std::uint32_t copyBack);
  // The shared memory of the command whose Buffer starts at `data`, or nullptr.
  std::uint8_t* memoryBehind(const void* data) const;
  // At the environment's end, instead of detaching them. First, while JavaScript may still run: finds the moved ones.
  // Then, when Node has detached all of its own accord: lets go of all.
  void findMoved(Napi::Env env);
  void forget(Napi::Env env);

  Answer detachAll() override;
  void whenEscapedAreGone(std::function<void()> release) override;
  bool anyEscaped() const override;

 private:
  using Key = std::pair<const void*, std::uint32_t>;

  // How many views of one life of the set were moved away and still exist.
  struct Escapes {
    std::mutex mutex;
    std::uint32_t count = 0;
    std::function<void()> release;
  };
  // Shared with the runtime: what it tells us when a Buffer's memory is let go.
  struct Lease {
    std::shared_ptr<JsQueue> queue;
    std::shared_ptr<Escapes> escapes;  // once it was moved away
  };
  struct View {
    napi_ref arrayBuffer;
    std::uint8_t* memory;
    std::uint32_t size;
    std::uint8_t* data;            // memory, or the copy where the runtime forbids views
    std::shared_ptr<Lease> lease;  // none for a copy
  };

  static void letGo(const Lease& lease);
  Taken end(Napi::Env env, const View& view, std::uint32_t copyBack);
  bool isMoved(Napi::Env env, const View& view, napi_value& arrayBuffer) const;
  void escaped(const View& view);
  std::shared_ptr<Escapes> escapes() const;

  const std::shared_ptr<JsQueue> queue_;
  std::map<Key, View> views_;  // JavaScript thread only
  std::uint32_t nextMapped_ = 0;

  mutable std::mutex mutex_;  // of the pointer: the control thread changes it
  std::shared_ptr<Escapes> escapes_ = std::make_shared<Escapes>();
};

}  // namespace sqlvdi::binding

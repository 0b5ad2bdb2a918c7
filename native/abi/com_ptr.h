// A counted reference to a COM object: the only way the code above holds one, so that AddRef and Release balance.
#pragma once

#include <utility>

#include "interfaces.h"

namespace sqlvdi {

template <typename T>
class ComPtr {
 public:
  ComPtr() = default;
  ComPtr(std::nullptr_t) {}
  ComPtr(const ComPtr& other) : pointer_(other.pointer_) {
    if (pointer_) pointer_->AddRef();
  }
  ComPtr(ComPtr&& other) noexcept : pointer_(std::exchange(other.pointer_, nullptr)) {}
  ComPtr& operator=(ComPtr other) noexcept {
    std::swap(pointer_, other.pointer_);
    return *this;
  }
  ~ComPtr() { reset(); }

  // Takes over a reference the caller already owns.
  static ComPtr attach(T* pointer) {
    ComPtr result;
    result.pointer_ = pointer;
    return result;
  }

  // For out parameters: releases what was held, and hands out the place for the new reference.
  T** put() {
    reset();
    return &pointer_;
  }

  void reset() {
    if (T* old = std::exchange(pointer_, nullptr)) old->Release();
  }

  // Gives the reference up without releasing it.
  T* detach() { return std::exchange(pointer_, nullptr); }

  T* get() const { return pointer_; }
  T* operator->() const { return pointer_; }
  explicit operator bool() const { return pointer_ != nullptr; }

 private:
  T* pointer_ = nullptr;
};

}  // namespace sqlvdi

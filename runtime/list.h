// A doubly linked list whose nodes live in their owners (a coroutine's frame, a component).
//
// Both ends may die in any order: a node unlinks itself when destroyed, and a list that dies first
// leaves its nodes unlinked. That is what makes dropping a crashed machine's frames safe, where
// waiter and waited-for are destroyed in no particular order.
#pragma once

#include <cstddef>

namespace eyrie {

// Tag tells apart the lists that one object can be in at the same time.
template <class Tag>
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { unlink(); }

  bool linked() const { return next_ != this; }
  void unlink() {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = this;
  }

 private:
  template <class T, class OtherTag>
  friend class List;

  ListNode* next_ = this;
  ListNode* previous_ = this;
};

// T derives from ListNode<Tag>. Not an owner.
template <class T, class Tag>
class List {
 public:
  List() = default;
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  ~List() {
    while (!empty()) head_.next_->unlink();
  }

  bool empty() const { return !head_.linked(); }
  T& front() { return static_cast<T&>(*head_.next_); }
  T& back() { return static_cast<T&>(*head_.previous_); }

  void push_back(T& item) {
    ListNode<Tag>& node = item;
    node.unlink();
    node.previous_ = head_.previous_;
    node.next_ = &head_;
    head_.previous_->next_ = &node;
    head_.previous_ = &node;
  }

  // Calls f for each; f must not change this list.
  template <class F>
  void for_each(F f) {
    for (ListNode<Tag>* node = head_.next_; node != &head_; node = node->next_) {
      f(static_cast<T&>(*node));
    }
  }

  std::size_t count() const {
    std::size_t n = 0;
    for (const ListNode<Tag>* node = head_.next_; node != &head_; node = node->next_) ++n;
    return n;
  }

 private:
  ListNode<Tag> head_;
};

}  // namespace eyrie
